"use strict";
// Swagger UI speaks English only. These are its fixed words in Indonesian; texts of the API itself are left alone.
const WORDS = {
  "Authorize": "Masuk", "Logout": "Keluar", "Close": "Tutup", "Available authorizations": "Masuk", "Authorized": "Sudah masuk",
  "Execute": "Jalankan", "Clear": "Bersihkan", "Cancel": "Batal", "Reset": "Kembalikan", "Try it out": "Coba",
  "Parameters": "Isian", "No parameters": "Tanpa isian", "Name": "Nama", "Description": "Keterangan",
  "Request body": "Isi permintaan", "required": "wajib", "* required": "* wajib", "Send empty value": "Kirim nilai kosong",
  "Responses": "Jawaban", "Response": "Jawaban", "Code": "Kode", "Details": "Rincian", "Links": "Tautan",
  "No links": "Tanpa tautan", "Media type": "Jenis isi", "Response content type": "Jenis isi jawaban",
  "Example Value": "Contoh", "Schema": "Skema", "Schemas": "Skema", "Example": "Contoh", "Examples": "Contoh",
  "Examples:": "Contoh:", "Example Description": "Keterangan contoh", "Edit Value": "Ubah isi",
  "Request URL": "Alamat permintaan", "Server response": "Jawaban server", "Response body": "Isi jawaban",
  "Response headers": "Header jawaban", "Request duration": "Lama permintaan", "Download": "Unduh",
  "Loading": "Memuat", "Loading...": "Memuat …", "Undocumented": "Tidak didokumentasikan",
  "username:": "Nama pengguna:", "password:": "Kata sandi:", "client_id:": "Client id:", "client_secret:": "Client secret:",
  "Failed to fetch.": "Tidak terhubung.", "Deprecated": "Usang",
  "Warning: Deprecated": "Peringatan: usang", "Expand all": "Buka semua", "Collapse all": "Tutup semua",
  "No operations defined in spec!": "Belum ada alamat.", "Default value": "Nilai bawaan", "Available values": "Nilai yang ada",
};
const HINTS = { "Filter by tag or path": "Saring menurut kelompok atau alamat" };
const LEAVE = ".renderedMarkdown, pre, code, textarea, .opblock-summary-path, .opblock-summary-description, .opblock-tag";

function translate(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const said = node.nodeValue.trim();
    if (Object.hasOwn(WORDS, said) && !node.parentElement?.closest(LEAVE)) {
      node.nodeValue = node.nodeValue.replace(said, WORDS[said]); // no word translates to a key, so this ends
    }
    const refused = /^Error: .*, description: (.+)$/s.exec(said);
    if (refused) node.nodeValue = refused[1];
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(LEAVE)) return;
  if (HINTS[node.placeholder]) node.placeholder = HINTS[node.placeholder];
  node.childNodes.forEach(translate);
}

function speakIndonesian(root) {
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") translate(change.target);
      change.addedNodes.forEach(translate);
    }
  }).observe(root, { childList: true, characterData: true, subtree: true });
}
