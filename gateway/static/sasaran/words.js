// Every word of the page, Indonesian and English, and how days and ages are said.
const WORDS = {
  title: ["Sasaran", "Worklist"],
  "tab.": ["Semua", "All"],
  "tab.lost": ["Putus layanan", "Lost"],
  "tab.late": ["Terlewat", "Late"],
  "tab.due": ["Waktunya", "Due"],
  "tab.hold": ["Ditunda", "On hold"],
  "state.lost": ["Putus layanan", "Lost to follow-up"],
  "state.late": ["Ada yang terlewat", "Something was missed"],
  "state.due": ["Waktunya sekarang", "Due now"],
  "item.now": ["sekarang", "now"],
  "item.later": ["nanti", "later"],
  "item.overdue": ["terlewat", "missed"],
  "kind.reached": ["Bertemu", "Reached"],
  "kind.refused": ["Menolak", "Refused"],
  "kind.served-elsewhere": ["Sudah dilayani di tempat lain", "Served elsewhere"],
  "kind.moved": ["Pindah", "Moved"],
  "kind.died": ["Meninggal", "Died"],
  "rests.resting": ["istirahat sampai", "rests until"],
  "rests.over": ["kembali di daftar", "back on the list"],
  "rests.claimed": ["menunggu rekam dibetulkan", "waits for the record to be corrected"],
  "rests.corrected": ["rekam sudah dibetulkan", "the record was corrected"],
  "rests.rejected": ["ternyata tidak benar", "not so"],
  "way.home-visit": ["Kunjungan rumah", "Home visit"],
  "way.call": ["Telepon", "Call"],
  outcome: ["Catat hasil", "Outcome"],
  ask: ["Apa hasilnya?", "What came of it?"],
  come_on: ["Janji datang (bila ada)", "Appointment (if any)"],
  note: ["Catatan (bila perlu)", "Note (if needed)"],
  cancel: ["Batal", "Cancel"],
  call: ["Telepon", "Call"],
  closes: ["paling lambat", "by"],
  contact: ["Tercatat terakhir", "Last on record"],
  never: ["belum pernah tercatat", "nothing on record"],
  more: ["Tampilkan berikutnya", "Show more"],
  others: ["lagi", "more"],
  choose: ["Pilih puskesmas, atau tulis nama atau kode desa atau posyandu.", "Choose a puskesmas, or write the name or code of a village or posyandu."],
  notYours: ["Daftar orang hanya untuk petugas layanan dan admin dinas. Angkanya ada di halaman Indikator.", "The list of people is for care staff and the office's administrator. The numbers are on the page of indicators."],
  none: ["Tidak ada di daftar ini.", "Nobody on this list."],
  back: ["Kembali ke daftar", "Back to the list"],
  waiting: ["Yang ditunggu", "What is waited for"],
  nothing: ["Tidak ada yang ditunggu.", "Nothing is waited for."],
  history: ["Riwayat dihubungi", "Calls and visits"],
  saved: ["Tercatat", "Recorded"],
  away: ["Tidak terhubung. Coba lagi; tidak akan tercatat dua kali.", "Not connected. Try again; nothing is recorded twice."],
  unnamed: ["Nama tidak ditampilkan", "Name not shown"],
  female: ["perempuan", "female"],
  male: ["laki-laki", "male"],
  year: ["th", "y"],
  month: ["bln", "mo"],
};
const english = () => document.documentElement.lang === "en";

/** A word of the page in the reader's language. */
export const word = (key) => (WORDS[key] ?? [key, key])[english() ? 1 : 0];
/** A text that the API gives in both languages. */
export const spoken = (text) => (text ? (english() ? text.en : text.id) : "");
/** A day as one says it. */
export const day = (iso) => new Date(`${iso}T12:00:00`).toLocaleDateString(english() ? "en-GB" : "id-ID", { day: "numeric", month: "short", year: "numeric" });
/** An age: in months for small children. */
export function age(months) {
  if (months === null || months === undefined) return "";
  return months < 60 ? `${months} ${word("month")}` : `${Math.floor(months / 12)} ${word("year")}`;
}
