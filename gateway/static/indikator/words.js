// Every word of the page, Indonesian and English, and how numbers and days are said.
const WORDS = {
  title: ["Indikator", "Indicators"],
  spm: ["Standar pelayanan minimal", "Minimum service standards"],
  pip: ["Program prioritas", "Priority programme"],
  beside: ["Bersisian dengan yang berlaku", "Beside what is in force"],
  asOf: ["Keadaan", "As of"],
  year: ["Tahun", "Year"],
  above: ["di atas garis", "on or above the line"],
  lead: ["{n} dari {all} layanan SPM {above}. Garis target {month}: {line}.", "{n} of {all} services {above}. The line for {month}: {line}."],
  index: ["Indeks SPM", "SPM index"],
  soFar: ["sementara, {n} dari {all} layanan", "so far, {n} of {all} services"],
  indicative: ["indikatif", "indicative"],
  official: ["Sasaran resmi", "Official target"],
  registered: ["Sasaran riil", "Registered"],
  none: ["belum dimuat", "not loaded"],
  served: ["terlayani", "served"],
  of: ["dari", "of"],
  few: ["ditahan", "withheld"],
  fewWhy: ["Ada yang ditahan: kurang dari lima orang, atau dapat dihitung balik.", "Some of it is withheld: fewer than five people, or it could be worked out."],
  back: ["Semua indikator", "All indicators"],
  how: ["Cara menghitung", "How it is counted"],
  trend: ["Tren setahun", "Through the year"],
  stood: ["Tiap titik: keadaan pada akhir bulan itu. Angka ini dapat turun lagi.", "Each point: how that month ended. This number can fall again."],
  passing: ["Yang lengkap kini, menurut bulan butir terakhirnya. Angka ini dapat turun lagi; sampai bulan lalu bukan keadaan pada akhir bulan itu.", "Those complete now, by the month of their last item. This number can fall again: up to an earlier month is not how that month ended."],
  line: ["Garis target", "The line"],
  pws: ["PWS: cakupan kumulatif", "PWS: cumulative coverage"],
  pwsHelp: ["Garis = target ÷ 12 × bulan. Panah: bulan ini terhadap bulan lalu.", "The line = target ÷ 12 × month. The arrow: this month against the last."],
  problem: ["Angka ini banyaknya masalah: makin rendah makin baik.", "This counts a problem: the lower the better."],
  village: ["Desa", "Villages"], puskesmas: ["Puskesmas", "Puskesmas"], kecamatan: ["Kecamatan", "Kecamatan"],
  bare: ["{n} {what} tanpa sasaran.", "{n} {what} without anyone to count."],
  all: ["Tampilkan semua ({n})", "Show all ({n})"],
  month: ["Bulan", "Month"],
  short: ["kurang {n} untuk mencapai garis", "{n} short of the line"],
  reached: ["garis tercapai", "line reached"],
  ranking: ["Peringkat puskesmas", "Puskesmas ranked"],
  gap: ["poin dari kabupaten", "points from the district"],
  missing: ["Apa yang masih kurang", "What is still missing"],
  missingHelp: ["Berapa satuan kekurangan tiap butir; satu satuan dapat kurang beberapa.", "How many units lack each item; one may lack several."],
  complete: ["Tidak ada yang kurang.", "Nothing is missing."],
  parts: ["Rincian", "Breakdown"],
  sex: ["Jenis kelamin", "Sex"], age: ["Umur", "Age"], payer: ["Status JKN", "JKN status"],
  kind: ["Jenis faskes", "Kind of facility"], facility: ["Faskes", "Facility"],
  female: ["Perempuan", "Female"], male: ["Laki-laki", "Male"], other: ["Lainnya", "Other"], unknown: ["Tidak diketahui", "Unknown"],
  active: ["JKN aktif", "Active JKN"], inactive: ["JKN tidak aktif", "Inactive JKN"],
  years: ["tahun", "years"], older: ["ke atas", "and over"],
  jkn: ["Sumbangan JKN dan swasta", "What JKN and private providers contribute"],
  jknHelp: ["Tiap satuan dihitung sekali: siapa penjaminnya, dan faskes siapa yang memenuhi butirnya.", "Each unit once: who pays, and whose facilities met its items."],
  public: ["Pemerintah saja", "Public only"], private: ["Swasta saja", "Private only"], both: ["Keduanya", "Both"], nobody: ["Belum ada", "Nobody yet"],
  unregistered: ["Faskes tak terdaftar", "Not registered"],
  yearly: ["Tahun ke tahun", "Year on year"],
  upto: ["sampai {month}", "up to {month}"],
  points: ["poin", "points"],
  sets: ["Peraturan bersisian", "Regulations side by side"],
  inForce: ["berlaku", "in force"],
  open: ["Lihat satuannya", "See the units"],
  units: ["Satuan di balik angka", "The units behind the number"],
  "state.eligible": ["Semua", "All"], "state.missing": ["Belum lengkap", "Not complete"], "state.served": ["Terlayani", "Served"],
  names: ["Tampilkan nama", "Show names"],
  namesHelp: ["Tiap nama yang dibuka dicatat.", "Every name that is opened is logged."],
  more: ["Berikutnya", "More"],
  nobodyHere: ["Tidak ada satuan yang boleh Anda lihat di sini.", "There is no unit here that you may see."],
  done: ["Lengkap sejak", "Complete since"],
  until: ["sampai", "until"], overdue: ["terlewat", "overdue"],
  payerUnknown: ["JKN belum diketahui", "JKN not known"], counted: ["dihitung", "counted"],
  bp_systolic: ["sistolik", "systolic"], bp_diastolic: ["diastolik", "diastolic"],
  met: ["Terpenuhi", "Met"], unmet: ["Belum", "Not yet"],
  withheld: ["{n} fakta tidak boleh ditampilkan kepada Anda", "{n} facts may not be shown to you"],
  away: ["Tidak tersambung; coba lagi", "Not connected; try again"],
  ended: ["Sesi berakhir; masuk lagi", "The session has ended; sign in again"],
  empty: ["Belum ada yang dihitung.", "Nobody is counted yet."],
  up: ["naik", "rising"], same: ["tetap", "unchanged"], down: ["turun", "falling"],
  Baik: ["Baik", "Good"], Cukup: ["Cukup", "Fair"], Kurang: ["Kurang", "Poor"], Jelek: ["Jelek", "Bad"],
  carried: ["bawaan", "carried in"],
  kbk: ["KBK dan cakupan JKN", "Capitation by performance and JKN coverage"],
  paid: ["kapitasi {n} %", "{n}% of capitation"],
  members: ["Peserta", "Members"], known: ["(diketahui)", "(known)"], score: ["Skor", "Score"],
  uhc: ["Cakupan JKN kabupaten", "The district's JKN coverage"], unreached: ["belum tercapai", "not reached"],
  registeredShare: ["Terdaftar ÷ penduduk", "Registered ÷ population"], activeShare: ["Aktif ÷ terdaftar", "Active ÷ registered"],
  activeOfAll: ["Aktif ÷ penduduk", "Active ÷ population"],
  outside: ["luar wilayah", "living elsewhere"],
};
const english = () => document.documentElement.lang === "en";
const locale = () => (english() ? "en-GB" : "id-ID");

/** A word, its `{places}` filled. */
export const word = (key, fill = {}) =>
  Object.entries(fill).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), (WORDS[key] ?? [key, key])[english() ? 1 : 0]);
/** A text that comes in both languages. */
export const spoken = (text) => (text ? (english() ? text.en : text.id) : "");
export const number = (n) => (n === null || n === undefined ? word("few") : n.toLocaleString(locale()));
export const percent = (n, digits = 1) => (n === null || n === undefined ? "–" : `${n.toLocaleString(locale(), { minimumFractionDigits: 0, maximumFractionDigits: digits })}%`);
export const plain = (n, digits = 1) => (n === null || n === undefined ? "–" : n.toLocaleString(locale(), { maximumFractionDigits: digits }));
export const signed = (n) => n.toLocaleString(locale(), { signDisplay: "exceptZero", maximumFractionDigits: 1 });
export const day = (iso) => new Date(`${iso}T12:00:00`).toLocaleDateString(locale(), { day: "numeric", month: "short", year: "numeric" });
export const month = (n, form = "long") => (n ? new Date(2026, n - 1, 15).toLocaleDateString(locale(), { month: form }) : word("carried"));

/** What an item is called; of a monthly one also its month. */
export function item(name, items) {
  const [base, when] = name.split(":");
  const found = items.find((i) => i.name === base) ?? items.find((i) => i.rule?.part_of === base);
  const said = spoken(found?.label) || base.replaceAll("_", " ");
  return when ? `${said} · ${month(Number(when.slice(5)))}` : said;
}
