"""Names of the demo's people: the mix of the islands (Malay, Javanese, Minang, Batak, Bugis, Chinese-Indonesian)."""

import random

MALAY, JAVANESE, MINANG, CHINESE, BATAK, BUGIS = range(6)
TOWN = (42, 18, 10, 20, 6, 4)
VILLAGE = (62, 25, 3, 4, 2, 4)

_MALE = {
    MALAY: "Abdullah Ahmad Amran Azhar Bakhtiar Darmawan Edi Fauzi Firdaus Hamdan Hasan Ibrahim Idris Ismail "
    "Jamaluddin Kamaruddin Khairul Mahmud Mazlan Nasir Rahman Ridwan Rusli Safri Saleh Samsul Sulaiman Syafrizal "
    "Syahril Tarmizi Umar Usman Wan Yahya Yusri Zainal Zulfikar",
    JAVANESE: "Adi Agus Bambang Budi Cahyo Dwi Eko Giman Hadi Joko Kasiman Mulyono Ngadiman Paijo Parno Poniman "
    "Purwanto Rudi Sarno Slamet Sugeng Sukardi Supriyadi Surono Sutrisno Suyatno Tarno Teguh Tri Wahyu Widodo Yanto",
    MINANG: "Afrizal Anas Arman Asril Dasril Defri Erizal Fadli Hendri Irfan Jasril Marlis Nofrizal Rinaldi Syafri "
    "Taufik Yondri Zulhendri",
    CHINESE: "Aceng Acai Ahok Akiong Andi Asiong Awi Budiman Edison Hendra Hendri Jefri Johan Kelvin Rudy Steven "
    "Suwandi Tommy Wilson",
    BATAK: "Binsar Charles Hotman Jonson Mangapul Parlindungan Poltak Ramses Robert Sahat Tigor Togar",
    BUGIS: "Ambo Andi Baso Beddu Daeng Kamarudin Muhtar Patahuddin Rustam Syarifuddin Tahir",
}
_FEMALE = {
    MALAY: "Aisyah Asmah Azizah Azura Darmawati Fatimah Hafsah Halimah Hasnah Jamilah Juriah Khadijah Latifah Maimunah "
    "Mariam Maznah Nurhayati Nurul Rabiah Rahmah Raudah Rohana Rosmini Salmah Sakdiah Sarifah Siti Syarifah Ummi "
    "Yusnita Zahara Zaleha Zubaidah",
    JAVANESE: "Asih Dewi Endang Eni Ginem Kartini Kasinem Lestari Marni Mujiati Ngatinem Painem Poniyem Puji Ratna "
    "Rini Sari Sri Sumarni Sumiati Suparti Sutinah Suyati Tumini Tuti Wahyuni Wati Wulan Yanti",
    MINANG: "Afrida Desi Elvi Erna Gusmiati Husna Leni Mardiana Nelwati Nofriyanti Rahmi Ratnawati Rosna Silvia "
    "Wirda Yulia Yusneli",
    CHINESE: "Aling Amoi Angelina Bibi Cindy Fenny Jenny Kimhoa Lili Lina Meiling Merry Susanti Suwarni Vivian Yenny",
    BATAK: "Dame Duma Hotmaida Lamria Lasma Lumongga Marsaulina Romauli Rosdiana Rosmaida Tiurma",
    BUGIS: "Andi Besse Hasnawati Indo Junaeda Nurbaya Rosmiati Sitti Suriani Tenri",
}
_LAST_MALE = {
    MALAY: "Abbas Effendi Hamid Hidayat Iskandar Jalil Kadir Karim Manaf Mansur Muhammad Nawawi Rasyid Saputra Yunus",
    JAVANESE: "Hartono Kurniawan Nugroho Prasetyo Pratama Priyono Raharjo Santoso Setiawan Susanto Utomo Wibowo",
    MINANG: "Caniago Chaniago Jambak Koto Piliang Sikumbang Tanjung",
    CHINESE: "Chandra Gunawan Halim Kusuma Lim Salim Setiawan Tan Wijaya",
    BATAK: "Harahap Hutabarat Lubis Manurung Nainggolan Pasaribu Sihombing Silalahi Simanjuntak Siregar Sitorus",
    BUGIS: "Mappa Masse Patta Rahing Sulle Wawo",
}
_LAST_FEMALE = {
    MALAY: "Aminah Handayani Hasanah Hidayati Jannah Khairani Mardiah Ningsih Novita Ramadhani Rahayu Safitri Suryani",
    JAVANESE: "Astuti Handayani Lestari Ningsih Puspita Rahayu Rahmawati Setyowati Utami Wahyuningsih Wulandari",
}

MALE = {people: text.split() for people, text in _MALE.items()}
FEMALE = {people: text.split() for people, text in _FEMALE.items()}
LAST_MALE = {people: text.split() for people, text in _LAST_MALE.items()}
LAST_FEMALE = {people: _LAST_FEMALE.get(people, _LAST_MALE[people]).split() for people in _LAST_MALE}
ONE_WORD = (0.25, 0.45, 0.3, 0.05, 0.0, 0.3)


def people_of(rng: random.Random, town: bool) -> int:
    """To which people a household belongs."""
    return rng.choices(range(6), TOWN if town else VILLAGE)[0]


def name(rng: random.Random, people: int, female: bool, father: str | None = None) -> str:
    """One name, often a single word; Malay children may carry 'bin'/'binti' and the father's name."""
    first = rng.choice((FEMALE if female else MALE)[people])
    if rng.random() < ONE_WORD[people]:
        return first
    if people == MALAY and father and rng.random() < 0.15:
        return f"{first} {'binti' if female else 'bin'} {father.split()[0]}"
    if not female and people in (MALAY, JAVANESE) and rng.random() < 0.12:
        first = f"Muhammad {first}"
    return f"{first} {rng.choice((LAST_FEMALE if female else LAST_MALE)[people])}"
