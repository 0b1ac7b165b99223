"""Invented people and papers of every kind, in five languages, for the tests of the papers."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.documents.isolate import isolate
from kiosk.documents.model import (
    AnyPaper,
    BigDate,
    Bilingual,
    Fact,
    Glossary,
    Letter,
    PaperFrame,
    Proof,
    ProofRow,
    QrCode,
    Section,
    Slip,
    WalletCard,
    Word,
)

LOCALES = ("nl", "fr", "en", "ar", "ti")
KINDS = ("letter", "card", "slip", "proof")
URL = "https://www.example.be/hulp"


@dataclass(frozen=True)
class Words:
    """Hold sample sentences of one language."""

    place: str
    not_administration: str
    date: str
    date_note: str
    page: str
    subject: str
    salutation: str
    paragraphs: tuple[str, ...]
    closing: str
    signature: str
    helper_signature: str
    enclosures: str
    enclosure: str
    notes: tuple[str, ...]
    title: str
    before: str
    days_left: str
    steps_title: str
    steps: tuple[str, ...]
    phone: str
    address: str
    unchecked: str
    bring_title: str
    bring: tuple[str, ...]
    opens: str
    cut: str
    laminate: str
    proof: str
    task: str
    together: str
    alone: str
    statement: str
    reference: str
    code: str


WORDS = {
    "nl": Words(
        "Wassalon Sint-Gillis",
        "Dit is niet de administratie.",
        "21 november 2026",
        "De datum is niet bevestigd.",
        "Bladzijde {page} van {pages}",
        "Vraag om een papieren factuur",
        "Geachte mevrouw, geachte heer,",
        (
            "Ik krijg mijn facturen alleen nog via een app. Ik heb geen smartphone.",
            "Ik vraag u om mij elke factuur op papier te sturen, naar het adres hierboven. Dat is "
            "mijn recht. U mag daar geen kosten voor vragen. Mijn dossier is 2026/0412-7.",
            "Ik verwacht uw antwoord voor 15-12-2026. U kunt mij bellen op 02 555 01 42.",
        ),
        "Met vriendelijke groet,",
        "Handtekening",
        "Handtekening van de helper",
        "Bij deze brief",
        "Kopie van de laatste factuur",
        ("Blad 1: teken en geef af aan het loket.", "Blad 2: bewaar thuis."),
        "Gezinssamenstelling vragen aan het loket",
        "Ga voor",
        "Dat is nog 9 dagen.",
        "Wat u doet",
        (
            "Ga naar het gemeentehuis. Neem een nummer.",
            "Zeg: ik wil een bewijs van gezinssamenstelling.",
            "Vraag een stempel op dit blad.",
        ),
        "Telefoon",
        "Adres",
        "Niet nagekeken",
        "Neem mee",
        ("Uw kaart", "De brief die u kreeg"),
        "Dit opent de pagina met hulp bij u in de buurt.",
        "Knip langs de streepjes.",
        "Laat de kaart plastificeren. Dat kan in de bibliotheek.",
        "Bewijs van wat wij deden",
        "Gezinssamenstelling vragen",
        "samen",
        "zelf",
        "Relais bewaart niets van dit bezoek. Alleen dit blad blijft.",
        "Referentie",
        "Controlecode",
    ),
    "fr": Words(
        "Salon-lavoir de Saint-Gilles",
        "Ceci n’est pas l’administration.",
        "21 novembre 2026",
        "La date n’est pas confirmée.",
        "Page {page} sur {pages}",
        "Demande de facture sur papier",
        "Madame, Monsieur,",
        (
            "Je ne reçois plus mes factures que par une application. Je n’ai pas de smartphone.",
            "Je vous demande de m’envoyer chaque facture sur papier, à l’adresse ci-dessus. C’est "
            "mon droit. Vous ne pouvez pas demander de frais. Mon dossier est le 2026/0412-7.",
            "J’attends votre réponse avant le 15-12-2026. Vous pouvez m’appeler au 02 555 01 42.",
        ),
        "Avec mes salutations distinguées,",
        "Signature",
        "Signature de l’aidante ou de l’aidant",
        "Annexe",
        "Copie de la dernière facture",
        ("Feuille 1 : signez et donnez-la au guichet.", "Feuille 2 : gardez-la à la maison."),
        "Demander une composition de ménage au guichet",
        "Allez-y avant le",
        "Il reste 9 jours.",
        "Ce que vous faites",
        (
            "Allez à la maison communale. Prenez un numéro.",
            "Dites : je veux une composition de ménage.",
            "Demandez un cachet sur cette feuille.",
        ),
        "Téléphone",
        "Adresse",
        "Pas vérifié",
        "À emporter",
        ("Votre carte", "La lettre que vous avez reçue"),
        "Ceci ouvre la page avec de l’aide près de chez vous.",
        "Découpez le long des traits.",
        "Faites plastifier la carte. La bibliothèque peut le faire.",
        "Preuve de ce que nous avons fait",
        "Demander une composition de ménage",
        "ensemble",
        "seul",
        "Relais ne garde rien de cette visite. Seule cette feuille reste.",
        "Référence",
        "Code de contrôle",
    ),
    "en": Words(
        "Saint-Gilles laundromat",
        "This is not the administration.",
        "21 November 2026",
        "Nobody has confirmed the date.",
        "Page {page} of {pages}",
        "Request for an invoice on paper",
        "Dear Madam, dear Sir,",
        (
            "I get my invoices only through an app. I have no smartphone.",
            "Please send me each invoice on paper, to the address above. This is my right. You may "
            "not charge for it. My file is 2026/0412-7.",
            "Please answer before 15-12-2026. You can call me on 02 555 01 42.",
        ),
        "Kind regards,",
        "Signature",
        "Signature of the helper",
        "With this letter",
        "Copy of the last invoice",
        ("Sheet 1: sign it and hand it in at the counter.", "Sheet 2: keep it at home."),
        "Ask for a household certificate at the counter",
        "Go before",
        "That is in 9 days.",
        "What you do",
        (
            "Go to the town hall. Take a number.",
            "Say: I want a household certificate.",
            "Ask for a stamp on this sheet.",
        ),
        "Telephone",
        "Address",
        "Not checked",
        "Bring",
        ("Your card", "The letter you got"),
        "This opens the page with help near you.",
        "Cut along the marks.",
        "Have the card laminated. The library can do it.",
        "Proof of what we did",
        "Ask for a household certificate",
        "together",
        "myself",
        "Relais keeps nothing of this visit. Only this sheet stays.",
        "Reference",
        "Check code",
    ),
    "ar": Words(
        "مغسلة سان جيل",
        "هذه ليست الإدارة.",
        "21 نوفمبر 2026",
        "لم يؤكد أحد التاريخ.",
        "صفحة {page} من {pages}",
        "طلب فاتورة ورقية",
        "السيدة المحترمة، السيد المحترم،",
        (
            "لا أستلم فواتيري إلا عبر تطبيق. ليس لدي هاتف ذكي.",
            "أطلب منكم إرسال كل فاتورة على الورق إلى العنوان أعلاه. هذا حقي. لا يجوز لكم طلب رسوم "
            f"مقابل ذلك. رقم ملفي {isolate('2026/0412-7')}.",
            "أنتظر ردكم قبل 15-12-2026. يمكنكم الاتصال بي على 02 555 01 42.",
        ),
        "مع أطيب التحيات،",
        "التوقيع",
        "توقيع المساعدة أو المساعد",
        "مرفق",
        "نسخة من آخر فاتورة",
        ("الورقة 1: وقّع وسلّمها في الشبّاك.", "الورقة 2: احتفظ بها في البيت."),
        "طلب شهادة تكوين الأسرة في الشبّاك",
        "اذهب قبل",
        "بقي 9 أيام.",
        "ماذا تفعل",
        (
            "اذهب إلى دار البلدية. خذ رقماً.",
            "قل: أريد شهادة تكوين الأسرة.",
            "اطلب ختماً على هذه الورقة.",
        ),
        "الهاتف",
        "العنوان",
        "لم يتم التحقق",
        "أحضر معك",
        ("بطاقتك", "الرسالة التي وصلتك"),
        "هذا يفتح صفحة المساعدة القريبة منك.",
        "قصّ على طول العلامات.",
        "غلّف البطاقة بالبلاستيك. المكتبة تفعل ذلك.",
        "إثبات ما قمنا به",
        "طلب شهادة تكوين الأسرة",
        "معاً",
        "بنفسي",
        "لا يحتفظ الجهاز بشيء من هذه الزيارة. تبقى هذه الورقة فقط.",
        "المرجع",
        "رمز التحقق",
    ),
    "ti": Words(
        "መሕጸቢ ክዳን ሳንት ጅል",
        "እዚ ምምሕዳር ኣይኮነን።",
        "21 ሕዳር 2026",
        "ዕለት ኣይተረጋገጸን።",
        "ገጽ {page} ካብ {pages}",
        "ሕቶ ናይ ወረቐት ፋክቱር",
        "ክቡራት፣",
        (
            "ፋክቱር ብኣፕ ጥራይ እየ ዝቕበል። ስማርትፎን የብለይን።",
            "ነፍሲ ወከፍ ፋክቱር ብወረቐት ክትሰዱለይ እሓትት። መሰለይ እዩ። ቁጽሪ ፋይለይ 2026/0412-7።",
            "ቅድሚ 15-12-2026 መልሲ እጽበ። 02 555 01 42 ደውሉለይ።",
        ),
        "ምስ ሰላምታ፣",
        "ፊርማ",
        "ፊርማ ሓጋዚ",
        "ምስዚ ደብዳበ",
        "ቅዳሕ ናይ መወዳእታ ፋክቱር",
        ("ወረቐት 1፦ ፈርምዎ ኣብ መስኮት ሃብዎ።", "ወረቐት 2፦ ኣብ ገዛ ሓዝዎ።"),
        "ናይ ስድራቤት ወረቐት ኣብ መስኮት ሕተቱ",
        "ቅድሚ",
        "9 መዓልቲ ተሪፉ።",
        "እንታይ ትገብሩ",
        ("ናብ ምምሕዳር ከተማ ኪዱ።", "ናይ ስድራቤት ወረቐት እደሊ በሉ።", "ማሕተም ሕተቱ።"),
        "ተሌፎን",
        "ኣድራሻ",
        "ኣይተረጋገጸን",
        "ሒዝኩም ምጹ",
        ("ካርድኹም", "ዝመጸኩም ደብዳበ"),
        "እዚ ገጽ ናይ ሓገዝ ይኸፍት።",
        "በቲ ምልክት ቁረጹ።",
        "ነታ ካርድ ፕላስቲክ ግበሩላ።",
        "መረጋገጺ ናይ ዝገበርናዮ",
        "ናይ ስድራቤት ወረቐት ምሕታት",
        "ብሓባር",
        "ባዕለይ",
        "እዚ ማሽን ካብዚ ምብጻሕ ዋላ ሓንቲ ኣይሕዝን።",
        "መወከሲ",
        "ኮድ",
    ),
}


def frame(locale: str, *, admin: str | None = None, large: bool = False) -> PaperFrame:
    """Make a frame; the administration speaks French unless the resident does."""
    words = WORDS[locale]
    return PaperFrame(
        locale=locale,
        admin_locale=admin or ("nl" if locale == "fr" else "fr"),
        place=words.place,
        not_administration=words.not_administration,
        date=words.date,
        date_note=words.date_note,
        large_print=large,
        page_label=words.page,
    )


def letter(of: PaperFrame, repeat: int = 1) -> Letter:
    """Make a letter; ``repeat`` its paragraphs for a long one."""
    own, admin = WORDS[of.locale], WORDS[of.admin_locale or of.locale]
    return Letter(
        frame=of,
        sender=("Noor Vandenbeemt", "Voorbeeldstraat 12 bus 3", "1060 Sint-Gillis"),
        recipient=("Example Energie nv", "Klantendienst", "Modellaan 8", "1000 Brussel"),
        place_and_date=f"Sint-Gillis, {admin.date}",
        subject=Bilingual(own.subject, admin.subject),
        salutation=Bilingual(own.salutation, admin.salutation),
        paragraphs=tuple(map(Bilingual, own.paragraphs, admin.paragraphs)) * repeat,
        closing=Bilingual(own.closing, admin.closing),
        signature_label=Bilingual(own.signature, admin.signature),
        enclosures_label=Bilingual(own.enclosures, admin.enclosures),
        enclosures=(Bilingual(own.enclosure, admin.enclosure),),
        keep=Slip(
            of,
            Bilingual(own.subject, admin.subject),
            big_date=BigDate(own.before, own.date),
            steps=Section(own.steps_title, tuple(map(Bilingual, own.notes))),
        ),
        copies=2,
    )


def card(of: PaperFrame) -> WalletCard:
    """Make a wallet card."""
    words = WORDS[of.locale]
    return WalletCard(
        frame=of,
        title=words.place,
        lines=((words.phone, "02 555 01 42"), (words.address, "Voorbeeldstraat 1, 1060 Brussel")),
        qr_payload=URL,
        qr_caption=words.opens,
        sheet_notes=(words.cut, words.laminate),
    )


def slip(of: PaperFrame) -> Slip:
    """Make a slip with every block."""
    own, admin = WORDS[of.locale], WORDS[of.admin_locale or of.locale]
    return Slip(
        frame=of,
        title=Bilingual(own.title, admin.title),
        big_date=BigDate(own.before, own.date.replace("21", "30"), own.days_left),
        steps=Section(own.steps_title, tuple(map(Bilingual, own.steps, admin.steps))),
        facts=(
            Fact(own.phone, "02 555 01 42", own.unchecked),
            Fact(own.address, "Voorbeeldplein 39\n1060 Sint-Gillis"),
        ),
        bring=Section(own.bring_title, tuple(map(Bilingual, own.bring, admin.bring))),
        glossary=Glossary(
            own.task, (Word(Bilingual(own.enclosures, admin.enclosures), own.enclosure),)
        ),
        qr=QrCode(URL, own.opens),
        sheet_notes=own.notes[1:],
    )


def proof(of: PaperFrame, repeat: int = 1) -> Proof:
    """Make a proof; ``repeat`` its rows for a long one."""
    own, admin = WORDS[of.locale], WORDS[of.admin_locale or of.locale]
    postures = (
        Bilingual(own.alone, admin.alone),
        Bilingual(own.together, admin.together),
        Bilingual(own.together, admin.together),
    )
    return Proof(
        frame=of,
        title=Bilingual(own.proof, admin.proof),
        task=Bilingual(own.task, admin.task),
        step_label=own.steps_title,
        posture_label=own.together,
        rows=tuple(map(ProofRow, map(Bilingual, own.steps, admin.steps), postures)) * repeat,
        big_date=BigDate(own.before, own.date),
        references=(Fact(own.reference, "2026/0412-7"),),
        statements=(Bilingual(own.statement, admin.statement),),
        signature_labels=(
            Bilingual(own.signature, admin.signature),
            Bilingual(own.helper_signature, admin.helper_signature),
        ),
        check_code=Fact(own.code, "K7-4Q-9M"),
        sheet_notes=own.notes,
    )


def paper(kind: str, of: PaperFrame) -> AnyPaper:
    """Make a paper of a kind named in `KINDS`."""
    match kind:
        case "letter":
            return letter(of)
        case "card":
            return card(of)
        case "slip":
            return slip(of)
        case _:
            return proof(of)
