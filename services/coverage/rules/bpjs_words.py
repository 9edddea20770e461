"""What a refusal or silence of BPJS means to people, and what they do about it."""

from services.coverage.bpjs.outcomes import Because
from services.kernel.problems import Text

_WORDS = {
    Because.SIGNATURE: Text(
        "BPJS menolak tanda tangan: cons-id dan secret tidak berpasangan. Periksa keduanya.",
        "BPJS refuses the signature: cons-id and secret do not fit together. Check both.",
    ),
    Because.CLOCK: Text(
        "BPJS menolak tanda tangan karena jam server ini berbeda dari jam BPJS. Samakan jamnya (NTP).",
        "BPJS refuses the signature because this server's clock differs from its own. Set the clock (NTP).",
    ),
    Because.CREDENTIALS: Text(
        "BPJS menolak akun: nama pengguna, kata sandi atau user_key salah atau kedaluwarsa. Perbarui di BPJS, lalu di "
        "sini.",
        "BPJS refuses the account: user name, password or user_key is wrong or expired. Renew it there, then here.",
    ),
    Because.ENTITLEMENT: Text(
        "BPJS menjawab 'not registered for this service': cons-id belum berhak atas layanan ini, atau alamatnya salah. "
        "Periksa alamat layanan; bila benar, minta haknya kepada BPJS.",
        "BPJS answers 'not registered for this service': this cons-id has no right to the service, or the address is "
        "wrong. Check the address; if it is right, ask BPJS for the right.",
    ),
    Because.CONSUMER_EXPIRED: Text(
        "Cons-id sudah kedaluwarsa. Minta perpanjangan kepada BPJS; mencoba lagi tidak menolong.",
        "The cons-id has expired. Ask BPJS to renew it; trying again does not help.",
    ),
    Because.KEY: Text(
        "Rahasia jalur ini tersegel dengan kunci yang tidak lagi diberikan (SIMPUL_JKN_KEYS). Kembalikan kunci itu, "
        "atau isi ulang semua rahasianya.",
        "This line's secrets are sealed under a key that is no longer given (SIMPUL_JKN_KEYS). Bring the key back, or "
        "enter all secrets anew.",
    ),
    Because.RULE: Text("BPJS menolak isian.", "BPJS refuses what was sent."),
    Because.NO_DATA: Text("Tidak ada data di BPJS.", "BPJS has no data."),
    Because.NO_LINE: Text(
        "Faskes ini belum punya jalur ke layanan BPJS ini; isi di PUT /v1/jkn/lines.",
        "This facility has no line to this BPJS service yet; give one by PUT /v1/jkn/lines.",
    ),
    Because.TIMEOUT: Text(
        "BPJS tidak menjawab tepat waktu. Bila selalu begitu: BPJS hanya melayani alamat IP yang didaftarkan; periksa "
        "pendaftaran IP ini atau proksi keluar (SIMPUL_BPJS_PROXY).",
        "BPJS did not answer in time. If always so: BPJS serves registered IP addresses only; check this address' "
        "registration or the egress proxy (SIMPUL_BPJS_PROXY).",
    ),
    Because.CONNECTION: Text(
        "Tidak tersambung ke BPJS. BPJS hanya melayani alamat IP yang didaftarkan: periksa pendaftaran IP ini atau "
        "proksi keluar (SIMPUL_BPJS_PROXY).",
        "No connection to BPJS. BPJS serves registered IP addresses only: check this address' registration or the "
        "egress proxy (SIMPUL_BPJS_PROXY).",
    ),
    Because.EMPTY: Text("BPJS memberi jawaban kosong.", "BPJS gave an empty answer."),
    Because.NOT_JSON: Text(
        "Yang menjawab bukan layanan BPJS melainkan halaman web: gangguan di sana, alamat layanan salah, atau IP belum "
        "didaftarkan.",
        "A web page answered instead of BPJS' service: an outage there, a wrong address, or an unregistered IP.",
    ),
    Because.SERVER: Text("Layanan BPJS sedang terganggu.", "BPJS' service is disturbed."),
    Because.RATE_LIMIT: Text(
        "Batas jumlah permintaan tercapai; coba lagi nanti.", "The limit of requests is reached; try again later."
    ),
    Because.UNREADABLE: Text("Jawaban BPJS tidak dapat dibuka.", "BPJS' answer cannot be opened."),
    Because.MISMATCH: Text("BPJS menjawab tentang nomor lain.", "BPJS answers about another number."),
    Because.REFERRAL_NUMBER: Text(
        "BPJS gagal memberi nomor rujukan SATUSEHAT; rujukannya mungkin sudah dibuat. Akan dicocokkan, tidak dikirim "
        "ulang.",
        "BPJS could not give SATUSEHAT's referral number; the referral may have been made. It will be reconciled, not "
        "sent again.",
    ),
}


def words(because: Because) -> Text:
    """What it means, and what to do."""
    return _WORDS[because]
