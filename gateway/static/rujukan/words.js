// Every word of the page, Indonesian and English, and how times are said.
const WORDS = {
  "state.draft": ["Draf", "Draft"],
  "state.sent": ["Menunggu jawaban", "Awaiting an answer"],
  "state.accepted": ["Diterima", "Accepted"],
  "state.declined": ["Ditolak", "Declined"],
  "state.redirected": ["Dialihkan", "Redirected"],
  "state.expired": ["Tidak dijawab", "Not answered"],
  "state.departed": ["Dalam perjalanan", "On the way"],
  "state.arrived": ["Sudah tiba", "Arrived"],
  "state.in-care": ["Dalam perawatan", "In care"],
  "state.closed": ["Selesai", "Closed"],

  "stage.sent": ["Terkirim", "Sent"],
  "stage.accepted": ["Diterima", "Accepted"],
  "stage.departed": ["Di jalan", "On its way"],
  "stage.arrived": ["Tiba", "Arrived"],
  "stage.in-care": ["Dirawat", "Treated"],
  "stage.closed": ["Selesai", "Closed"],

  "verb.send": ["Kirim", "Send"],
  "verb.accept": ["Terima", "Accept"],
  "verb.decline": ["Tolak", "Decline"],
  "verb.redirect": ["Alihkan", "Redirect"],
  "verb.raise": ["Naikkan kegawatan", "Raise urgency"],
  "verb.depart": ["Pasien berangkat", "Patient has left"],
  "verb.arrive": ["Pasien tiba", "Patient has arrived"],
  "verb.no-show": ["Tidak datang", "Did not come"],
  "verb.treat": ["Mulai rawat", "Begin treatment"],
  "verb.refer-back": ["Rujuk balik", "Refer back"],
  "verb.close": ["Tutup dengan hasil", "Close with outcome"],
  "verb.cancel": ["Batalkan", "Cancel"],
  "verb.resend": ["Kirim ke faskes lain", "Send elsewhere"],

  "did.draft": ["Draf dibuat", "Draft made"],
  "did.send": ["Dikirim", "Sent"],
  "did.accept": ["Diterima", "Accepted"],
  "did.decline": ["Ditolak", "Declined"],
  "did.redirect": ["Dialihkan", "Redirected"],
  "did.raise": ["Kegawatan dinaikkan", "Urgency raised"],
  "did.depart": ["Pasien berangkat", "Patient left"],
  "did.arrive": ["Pasien tiba", "Patient arrived"],
  "did.no-show": ["Pasien tidak datang", "Patient did not come"],
  "did.treat": ["Mulai dirawat", "Treatment began"],
  "did.refer-back": ["Dirujuk balik", "Referred back"],
  "did.close": ["Ditutup", "Closed"],
  "did.cancel": ["Dibatalkan", "Cancelled"],
  "did.remind": ["Diingatkan sistem", "Reminded by the system"],
  "did.expire": ["Waktu menjawab habis", "Time to answer ran out"],
  "did.escalate": ["Dinaikkan ke dinas", "Escalated to the health office"],

  "urgency.emergency": ["Gawat darurat", "Emergency"],
  "urgency.urgent": ["Segera", "Urgent"],
  "urgency.routine": ["Biasa", "Routine"],

  "outcome.back-referred": ["Dirujuk balik", "Referred back"],
  "outcome.admitted": ["Rawat inap", "Admitted"],
  "outcome.discharged": ["Pulang sembuh/selesai", "Discharged"],
  "outcome.referred-on": ["Dirujuk lanjut", "Referred on"],
  "outcome.left": ["Pulang atas permintaan sendiri", "Left against advice"],
  "outcome.died": ["Meninggal", "Died"],
  "outcome.no-show": ["Tidak datang", "Did not come"],
  "outcome.cancelled": ["Dibatalkan", "Cancelled"],

  "kind.vertical": ["Tingkat lebih tinggi", "Higher level"],
  "kind.horizontal": ["Setingkat", "Same level"],
  "kind.back": ["Rujuk balik", "Back"],
  "kind.partial": ["Penunjang / sebagian", "Partial"],

  "sbar.situation": ["Situasi", "Situation"],
  "sbar.background": ["Latar belakang", "Background"],
  "sbar.assessment": ["Penilaian", "Assessment"],
  "sbar.recommendation": ["Rekomendasi", "Recommendation"],

  "unit.minute": ["/mnt", "/min"],
  "vital.systolic": ["Tekanan darah", "Blood pressure"],
  "vital.pulse": ["Nadi", "Pulse"],
  "vital.respiration": ["Napas", "Respiration"],
  "vital.temperature": ["Suhu", "Temperature"],
  "vital.oxygen_saturation": ["SpO₂", "SpO₂"],
  "vital.weight": ["Berat", "Weight"],
  "vital.height": ["Tinggi", "Height"],
  "vital.consciousness": ["Kesadaran", "Consciousness"],
  "vital.pain": ["Nyeri", "Pain"],
  "aware.compos-mentis": ["Sadar penuh", "Alert"],
  "aware.somnolence": ["Mengantuk", "Drowsy"],
  "aware.sopor": ["Sopor", "Stupor"],
  "aware.coma": ["Koma", "Coma"],
  "mode.own": ["Kendaraan sendiri", "Own vehicle"],
  "mode.public": ["Angkutan umum", "Public transport"],
  "mode.ambulance": ["Ambulans", "Ambulance"],
  "mode.boat": ["Perahu / speedboat", "Boat"],
  "mode.other": ["Lainnya", "Other"],

  "part.reason": ["Alasan merujuk", "Why"],
  "part.diagnosis": ["Diagnosis", "Diagnosis"],
  "part.findings": ["Hasil pemeriksaan", "Findings"],
  "part.therapy": ["Terapi yang sudah diberikan", "Therapy given"],
  "part.limit": ["Keterbatasan faskes", "Facility limit"],
  "part.tacc": ["Alasan TACC", "TACC reason"],
  "part.beside": ["Mengapa ada rujukan kedua", "Why a second referral"],
  "part.vitals": ["Tanda vital", "Vital signs"],
  "part.transport": ["Perjalanan", "Transport"],
  "part.summary": ["Resume rekam medis saat dikirim", "Summary of the record at sending"],
  "part.history": ["Riwayat langkah", "History"],
  "part.follow": ["Saran balik", "Advice back"],
  "part.numbers": ["Nomor", "Numbers"],
  "part.valid": ["Berlaku sampai", "Valid until"],
  "part.lapsed": ["Masa berlaku surat habis pada", "The letter's validity ended on"],
  "part.service": ["Layanan yang diminta", "Service asked"],
  "part.next": ["Ditanya berikutnya", "Asked next"],
  "part.due": ["Kontrol", "Follow-up"],
  "part.eta": ["Perkiraan tiba", "Expected arrival"],
  "part.companion": ["Pendamping", "Companion"],
  "part.criterion": ["Kriteria", "Criterion"],
  "criterion.therapy": ["Perlu terapi lanjutan", "Needs further therapy"],
  "criterion.procedure": ["Perlu tindakan", "Needs a procedure"],
  "criterion.workup": ["Perlu pemeriksaan diagnosis", "Needs a work-up"],

  "field.reason": ["Alasan", "Reason"],
  "field.note": ["Catatan (boleh kosong)", "Note (optional)"],
  "field.advice": ["Saran untuk faskes pengirim", "Advice to the sender"],
  "field.due": ["Tanggal kontrol", "Follow-up date"],
  "field.outcome": ["Hasil", "Outcome"],
  "field.urgency": ["Kegawatan baru", "New urgency"],
  "field.to": ["Faskes tujuan", "Facility"],
  "field.suggest": ["Faskes yang disarankan (boleh kosong)", "Facility suggested (optional)"],

  "title.inbox": ["Kotak masuk", "Inbox"],
  "title.outbox": ["Kotak keluar", "Outbox"],
  "title.district": ["Rujukan kabupaten", "District referrals"],
  "title.office": ["Giliran dinas", "The office's turn"],
  "title.followups": ["Kontrol setelah rujuk balik", "Follow-ups after referral back"],
  "title.ageing": ["Umur rujukan yang berjalan", "Ageing of open referrals"],
  "tab.inbox": ["Masuk", "Inbox"],
  "tab.outbox": ["Keluar", "Outbox"],
  "tab.district": ["Kabupaten", "District"],
  "tab.office": ["Giliran dinas", "Our turn"],
  "tab.followups": ["Kontrol", "Follow-ups"],
  "tab.ageing": ["Umur", "Ageing"],
  "open": ["Berjalan", "Open"],
  "ended": ["Selesai", "Ended"],
  "mine": ["Giliran Anda", "Your turn"],
  "turn": ["Giliran", "Turn of"],
  "turn.sender": ["Giliran pengirim", "Sender's turn"],
  "turn.receiver": ["Giliran penerima", "Receiver's turn"],
  "turn.office": ["Ditangani dinas", "With the health office"],
  "overdue": ["Lewat waktu", "Overdue"],
  "reminded": ["Sudah diingatkan", "Reminded"],
  "from": ["Dari", "From"],
  "to": ["Ke", "To"],
  "print": ["Surat rujukan (PDF)", "Referral letter (PDF)"],
  "print.half": ["Surat setengah halaman (A5)", "Half-page letter (A5)"],
  "print.back": ["Surat rujuk balik (PDF)", "Back-referral letter (PDF)"],
  "back": ["Kembali", "Back"],
  "cancel": ["Tutup", "Close"],
  "more": ["Memuat berikutnya …", "Loading more …"],
  "none.inbox": ["Kotak masuk kosong. Rujukan baru muncul di sini dengan sendirinya.", "The inbox is empty. New referrals appear here by themselves."],
  "none.outbox": ["Belum ada rujukan keluar.", "No referrals sent yet."],
  "none.district": ["Tidak ada rujukan di sini.", "No referrals here."],
  "none.office": ["Tidak ada rujukan yang menunggu dinas. Semua ada pemegangnya.", "No referral waits for the office. Each has its owner."],
  "none.followups": ["Tidak ada kontrol yang ditunggu.", "No follow-up is awaited."],
  "none.ageing": ["Tidak ada rujukan yang berjalan.", "No open referrals."],
  "choose": ["Pilih satu rujukan untuk melihat isinya.", "Choose a referral to see what it says."],
  "live": ["Langsung", "Live"],
  "live.wait": ["Menyambung …", "Connecting …"],
  "live.off": ["Tanpa jaringan", "Offline"],
  "hidden": ["Nama terbuka setelah diterima", "Name opens once accepted"],
  "nameless": ["Pasien", "Patient"],
  "withheld": ["Isi klinis ditahan; hanya alurnya yang terlihat.", "The clinical content is withheld; only its way is shown."],
  "new.inbox": ["Rujukan baru", "New referral"],
  "new.change": ["Rujukan berubah", "A referral changed"],
  "away": ["Tidak terhubung. Coba lagi setelah ada jaringan.", "Not connected. Try again once you are online."],
  "gone": ["Rujukan ini tidak ada atau tidak terbuka bagi Anda.", "There is no such referral, or it is not open to you."],
  "kept": ["Tanpa jaringan: tersimpan terkunci di ponsel ini dan dikirim sendiri begitu tersambung.", "Offline: kept locked on this phone and sent by itself once connected."],
  "kept.page": ["Tanpa jaringan: tersimpan di halaman ini. Jangan tutup halaman sampai terkirim.", "Offline: kept in this page. Do not close it until it is sent."],
  "waiting": ["Menunggu jaringan", "Waiting for the network"],
  "waiting.fix": ["Perlu diperbaiki", "Needs mending"],
  "waiting.since": ["ditulis", "written"],
  "drop": ["Buang", "Discard"],
  "mend": ["Perbaiki", "Mend"],
  "sent": ["Rujukan terkirim", "Referral sent"],
  "done": ["Langkah tercatat", "Step recorded"],
  "late.kept": ["Yang ditulis tanpa jaringan sudah terkirim", "What was written offline has been sent"],
  "conflict": ["Sudah terjadi hal lain", "Something else has happened"],
  "conflict.by": ["oleh", "by"],
  "conflict.open": ["Orang ini masih punya rujukan yang berjalan.", "This person still has an open referral."],
  "conflict.see": ["Buka rujukan itu", "Open that referral"],
  "asking": ["Mencari faskes yang cocok …", "Looking for fitting facilities …"],
  "nowhere": ["Tidak ada calon; tulis kode faskes tujuan.", "No candidates; write the facility's code."],
  "younger": ["Isi diagnosis untuk melihat faskes yang cocok.", "Give a diagnosis to see fitting facilities."],
  "sound.on": ["Bunyi hidup", "Sound on"],
  "sound.off": ["Bunyi mati", "Sound off"],
  "year": ["th", "y"],
  "month": ["bln", "mo"],
  "female": ["Perempuan", "Female"],
  "male": ["Laki-laki", "Male"],
  "ageing.sender": ["Menurut pengirim", "By sender"],
  "ageing.receiver": ["Menurut penerima", "By receiver"],
  "ageing.late": ["lewat waktu", "overdue"],
  "ageing.office": ["pada dinas", "with the office"],
  "ageing.about": ["Rujukan yang berjalan; makin gelap, makin lama lewat batas waktunya.", "Open referrals; the darker, the longer past their time."],
  "age.in_time": ["Dalam waktu", "In time"],
  "age.under_1h": ["Lewat < 1 jam", "< 1 h late"],
  "age.under_6h": ["< 6 jam", "< 6 h"],
  "age.under_1d": ["< 1 hari", "< 1 day"],
  "age.under_3d": ["< 3 hari", "< 3 days"],
  "age.under_7d": ["< 7 hari", "< 7 days"],
  "age.over_7d": ["≥ 7 hari", "≥ 7 days"],
  "follow.due": ["Ditunggu", "Awaited"],
  "follow.late": ["Terlambat", "Late"],
  "follow.done": ["Terlaksana", "Done"],
  "follow.done-late": ["Terlaksana terlambat", "Done late"],
  "follow.mark": ["Sudah", "Done"],
  "follow.note": ["Apa yang dikerjakan", "What was done"],
  "cause.back-referred": ["Dirujuk balik", "Referred back"],
  "cause.back-accepted": ["Rujukan balik diterima", "Back-referral accepted"],
  "cause.no-show": ["Tidak datang ke tujuan", "Did not arrive"],
  "cause.left": ["Pulang atas permintaan sendiri", "Left against advice"],
  "see": ["Lihat rujukan", "See referral"],
  "summary.allergies": ["Alergi", "Allergies"],
  "summary.problems": ["Masalah kesehatan", "Problems"],
  "summary.medicines": ["Obat", "Medicines"],
  "summary.vitals": ["Pengukuran terakhir", "Last measurements"],
  "summary.lab": ["Laboratorium", "Laboratory"],
  "summary.pregnancy": ["Kehamilan", "Pregnancy"],
  "summary.immunizations": ["Imunisasi", "Immunizations"],
  "summary.kept": ["Sebagian ditahan atas permintaan pasien atau aturan.", "Some is withheld by the patient's word or by rule."],
  "summary.empty": ["Rekam medis belum memuat apa pun yang perlu diketahui.", "The record holds nothing of note yet."],
  "send.title": ["Rujuk pasien", "Refer a patient"],
  "send.nik": ["NIK pasien", "Patient's NIK"],
  "send.urgency": ["Kegawatan", "Urgency"],
  "send.diagnosis": ["Diagnosis", "Diagnosis"],
  "send.diagnosis.how": ["kata atau kode ICD-10", "words or ICD-10 code"],
  "send.reason": ["Alasan merujuk", "Why"],
  "send.kind": ["Ke mana", "Where to"],
  "send.to": ["Kode faskes tujuan", "Facility's code"],
  "send.elsewhere": ["Atau kode faskes lain", "Or another facility's code"],
  "send.then": ["Bila menolak atau tidak menjawab, tanya yang berikutnya", "If it declines or does not answer, ask the next"],
  "send.own": ["Diagnosis ini kompetensi FKTP. Sebutkan keterbatasan faskes atau alasan TACC.", "This diagnosis is the first level's own. Name the facility's limit or a TACC reason."],
  "send.more": ["Tanda vital, terapi, SBAR, perjalanan", "Vital signs, therapy, SBAR, transport"],
  "send.therapy": ["Terapi yang sudah diberikan", "Therapy given"],
  "send.findings": ["Hasil pemeriksaan", "Findings"],
  "send.companion": ["Pendamping", "Companion"],
  "send.companion.how": ["peran, mis. bidan", "a role, e.g. midwife"],
  "send.payer": ["Penjamin", "Payer"],
  "send.self": ["Bayar sendiri", "Self"],
  "send.consent": ["Pasien atau keluarga setuju dirujuk", "The patient or family agrees"],
  "needed": ["wajib diisi", "is required"],
};

const english = () => document.documentElement.lang === "en";

/** A word in the page's language; a code nobody has named stands as it is. */
export function word(key) {
  const found = WORDS[key];
  return found ? found[Number(english())] : key.slice(key.indexOf(".") + 1);
}

export const knows = (key) => key in WORDS;
const locale = () => (english() ? "en-GB" : "id-ID");

/** "22 Nov 14.05"; only the hour when it is today. */
export function moment(text) {
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  const hour = at.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
  return today ? hour : `${at.toLocaleDateString(locale(), { day: "numeric", month: "short" })} ${hour}`;
}

export function day(text) {
  return new Date(`${text.slice(0, 10)}T12:00`).toLocaleDateString(locale(), { day: "numeric", month: "long", year: "numeric" });
}

/** A length of time in its largest fitting unit: "12 menit". */
export function span(milliseconds) {
  const minutes = Math.max(1, Math.round(Math.abs(milliseconds) / 60_000));
  const [count, id, en] = minutes < 60 ? [minutes, "menit", "minute"]
    : minutes < 48 * 60 ? [Math.round(minutes / 60), "jam", "hour"] : [Math.round(minutes / 1440), "hari", "day"];
  return english() ? `${count} ${en}${count === 1 ? "" : "s"}` : `${count} ${id}`;
}

/** What a clock says, and how pressing it is: calm, soon, late. */
export function clock(due, now = Date.now()) {
  const left = new Date(due).getTime() - now;
  const said = span(left);
  if (left < 0) return [english() ? `${said} overdue` : `lewat ${said}`, "late"];
  return [english() ? `${said} left` : `${said} lagi`, left < 15 * 60_000 ? "soon" : "calm"];
}

/** "36 th", "5 bln". */
export function age(born) {
  if (!born) return "";
  const months = Math.floor((Date.now() - new Date(born)) / (30.4375 * 86_400_000));
  return months < 24 ? `${months} ${word("month")}` : `${Math.floor(months / 12)} ${word("year")}`;
}
