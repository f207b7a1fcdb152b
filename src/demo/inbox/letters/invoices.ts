import { de, en, fr, type Letter } from '../letter.ts';

/** Questions about invoices, VAT, payment terms and reminders. */
export const invoices: readonly Letter[] = [
  en('invoice-01', 'Margaret Howell <accounts@howell-couriers.example>', 'Invoice for LH-204188 with VAT number')`
Dear Sir or Madam,

we need the invoice for the above order made out to our company, including our VAT identification number:

Howell Couriers Ltd, 14 Dock Street, VAT no. GB 000 0000 00

The document we received is addressed to our employee privately, which our auditor won't accept.

Kind regards
Margaret Howell, Accounts`,
  en('invoice-02', 'Theo Marchetti <theo.marchetti@example.com>', 'no invoice in the parcel')`
Hello, there was only a delivery note in the box. My employer pays half of the bike parts, so I need a proper invoice as
a PDF. Is it in my account somewhere? I couldn't find it. Theo`,
  en('invoice-03', 'Joan Pickering <joan.pickering@mail.example>', 'Payment reminder although I have paid', {
    files: ['bank-transfer.pdf'],
  })`
Hello,

I received a payment reminder for invoice 2026-10882 (56.40 euros) today. I transferred the amount on 29 October, see
the attached bank confirmation. Maybe I mistyped the invoice number in the reference field, sorry if so. Please check
your books and stop the reminders.

Joan Pickering`,
  en('invoice-04', 'Erik Halvorsen <erik@halvorsen-arkitekter.example>', 'Reverse charge?', { kind: 'alternative' })`
Hello,

our office is registered for VAT in Denmark. On invoice 2026-11240 you charged 19 percent German VAT. For deliveries to
businesses within the EU it should be zero-rated as an intra-community supply, provided you have our VAT ID, which I
entered at checkout.

Could you cancel the invoice and issue a corrected one?

Erik Halvorsen`,
  en('invoice-05', 'Sunita Patel <sunita.patel@example.com>', 'Wrong name on invoice', { kind: 'html' })`
Hi there,

my invoice says "Sunita Patel-Gray". I've been just Patel again since spring. Could you change the name and send me a
new copy? Invoice number 2026-11102. I've updated the name in the billing address already.

Many thanks
Sunita`,
  en('invoice-06', 'Douglas Kerr <d.kerr@kerr-logistics.example>', 'Net 30 payment terms for our fleet', {
    encoding: 'base64',
  })`
Dear accounts department,

we run 22 cargo bikes and buy brake pads and tyres from you every month. Card payments are a nuisance in our
bookkeeping. Could we pay by invoice with a 30 day term, and get one monthly statement rather than a dozen single
invoices? I can provide a credit reference from our bank.

Douglas Kerr
Fleet manager`,
  en('invoice-07', 'Alison Frey <alison.frey@mail.example>', 'VAT on invoice 2026-11377 does not add up')`
Hello,

I'm probably just bad at this, but on the invoice the net amount is 84.03, VAT at 19% is given as 16.79, and the total
is 99.99. By my calculator it's 15.97. Our tax adviser sent it back to me. Could you take a look?

Alison Frey`,
  en('invoice-08', 'billing@northgate-school.example', 'Purchase order 4500-118: please quote on invoice')`
Please note that Northgate School can only settle invoices which carry our purchase order number (4500-118) and cost
centre (PE-22). Invoice 2026-11290 shows neither and has been returned by our payment run. Kindly reissue.

Finance Office, Northgate School`,
  en('invoice-09', 'Timo Rantala <timo.rantala@example.com>', 'Re: Invoice 2026-10977', {
    answersOurs: 'invoice-10977',
  })`
Thanks for the PDF. Two remarks: the invoice date is 2025 instead of 2026, and the bank details at the bottom differ
from those on your website. Which IBAN is the right one? I don't want to pay to a wrong account.

Timo Rantala

> please find attached your invoice 2026-10977. The amount is due within 14
> days.`,
  en('invoice-10', 'Penelope Astor <penny.astor@mail.example>', 'Copies of all invoices from last year', {
    kind: 'html',
  })`
Good afternoon,

for my tax return I need all invoices of the past year, there should be five or six. I have lost most of them with my
old computer. Could you email them to me in one go? I'm happy to pay a small fee for the work.

Penelope Astor`,
  en('invoice-11', 'Chris Dunbar <chris.dunbar@example.com>', 'shipping charge on invoice')`
Invoice 2026-11420 lists 12.90 for shipping. The checkout said free delivery above 100 euros and the goods were 131.50.
Typo? Please send a corrected invoice so that I pay the right sum. I haven't transferred anything yet.`,
  en('invoice-12', 'Helga Brandvold <helga@fjordcykler.example>', 'Statement of account does not match', {
    files: ['statement-october.csv', 'our-ledger.pdf'],
    kind: 'alternative',
  })`
Hello Johanna,

I compared your October statement with our ledger. Two invoices (2026-10544 and 2026-10601) appear on your side as
unpaid, but we settled both with one collective transfer of 412.75 on the 19th. Also, credit note 2026-G-88 is missing.
Files attached.

Could you reconcile this before month end closing?

Best regards
Helga Brandvold`,
  en('invoice-13', 'Mustafa Demir <mustafa.demir@mail.example>', 'Second reminder, dunning fee')`
Hi,

you have added a dunning fee of 5 euros to invoice 2026-10719. I never got the first reminder, and honestly not the
invoice either, it must have ended up in spam. I'll pay the 38.20 today. Would you waive the fee?

Mustafa Demir`,
  en('invoice-14', 'Laura Bexley <laura.bexley@example.com>', 'Pay by invoice possible for private customers?')`
Hello! I'd rather not give my card number online. Do you offer payment on account, i.e. goods first, then a bank
transfer within two weeks? Or payment in advance with a pro forma invoice? Laura Bexley`,
  en('invoice-15', 'Sean Rafferty <sean@rafferty-physio.example>', 'E-invoice format', { kind: 'alternative' })`
Hello,

from January our accounting software only takes structured e-invoices (XRechnung or Factur-X). Can you supply invoices
in one of these formats? If so, please switch our customer number 30817 over and send them to
invoices@rafferty-physio.example.

Sean Rafferty`,
  en('invoice-16', 'Douglas Kerr <d.kerr@kerr-logistics.example>', 'Re: Net 30 payment terms for our fleet', {
    answers: 'invoice-06',
    answersOurs: 'billing-5120',
  })`
Dear Johanna,

many thanks, the monthly statement sounds perfect. Enclosed is the credit form with our company registration. From which
billing period would the 30 days apply, and will invoices already open be moved over?

Douglas Kerr

> we can offer you payment within 30 days and a collective invoice at the
> end of each month. Please fill in the credit form.`,
  en('invoice-17', 'Fatima Zahra Idrissi <fz.idrissi@example.com>', 'Amount on my card differs from invoice')`
Hello,

invoice 2026-11301 is over 72.60 but my card was debited with 74.78. Is that a currency fee of my bank or a mistake in
your billing? I live in Sweden, the card is in kronor. I need the two to agree for my expense report.

Fatima Zahra Idrissi`,
  de('invoice-18', 'Buchhaltung Radkurier Hamm <buchhaltung@radkurier-hamm.example>', 'Rechnung mit USt-IdNr.')`
Sehr geehrte Damen und Herren,

bitte stellen Sie die Rechnung 2026-11188 auf unsere Firma aus und ergänzen Sie unsere
Umsatzsteuer-Identifikationsnummer. In der jetzigen Form können wir keine Vorsteuer geltend machen.

Mit freundlichen Grüßen
i. A. Petra Hollmann, Buchhaltung`,
  de('invoice-19', 'Jörg Stöckl <joerg.stoeckl@example.com>', 'Mahnung trotz Zahlung', {
    files: ['Überweisungsbeleg.pdf'],
  })`
Guten Tag,

heute kam Ihre Mahnung zur Rechnung 2026-10830. Den Betrag von 91,20 Euro habe ich bereits am 2. November überwiesen,
der Beleg liegt bei. Bitte prüfen Sie Ihre Konten und nehmen Sie die Mahngebühr zurück.

Jörg Stöckl`,
  de('invoice-20', 'Kathrin Weiß <kathrin.weiss@mail.example>', 'Rechnung fehlt', { charset: 'iso-8859-1' })`
Hallo,

im Paket lag nur ein Lieferschein. Ich brauche aber eine Rechnung für die Steuer. Können Sie mir die als PDF schicken?
Im Kundenkonto ist unter "Belege" alles leer.

Danke, Kathrin Weiß`,
  de('invoice-21', 'Manfred Eichinger <m.eichinger@example.com>', 'falscher Steuersatz', { kind: 'html' })`
Grüß Gott,

auf Rechnung Nr. 2026-11266 haben Sie 19 % Mehrwertsteuer berechnet. Ich bin in Österreich, müssten es nicht 20 % sein?
Unsere Steuerberaterin bittet um eine korrigierte Rechnung oder eine kurze Erklärung.

Manfred Eichinger`,
  de('invoice-22', 'Verein Rad & Tat <kasse@radundtat.example>', 'Re: Rechnung 2026-11015', {
    answersOurs: 'invoice-11015',
  })`
Liebe Buchhaltung,

danke für die Rechnung. Bitte noch zwei Änderungen: als Empfänger den Verein statt mich persönlich, und die Kostenstelle
"Jugendwerkstatt" ins Feld Referenz. Sonst darf unser Kassenprüfer sie nicht anerkennen.

Herzliche Grüße
Dörte Asmussen, Kassenwartin

> anbei erhalten Sie die Rechnung 2026-11015, zahlbar innerhalb von 14 Tagen.`,
  de('invoice-23', 'Sven Oelrich <sven.oelrich@mail.example>', 'Kauf auf Rechnung')`
Hallo, kann man bei Ihnen als Neukunde auch auf Rechnung zahlen, oder nur Kreditkarte und Vorkasse? Welches Zahlungsziel
hätte ich dann? Es geht um rund 350 Euro. Gruß Sven Oelrich`,
  de('invoice-24', 'Renate Kühn <renate.kuehn@example.com>', 'Betrag auf der Rechnung stimmt nicht', {
    kind: 'alternative',
  })`
Guten Tag,

der Rabattcode über 10 % ist auf der Rechnung 2026-11455 nicht berücksichtigt, obwohl er beim Bezahlen abgezogen wurde.
Laut Rechnung schulde ich 77,00 Euro, abgebucht wurden 69,30. Bitte schicken Sie mir eine berichtigte Rechnung für meine
Unterlagen.

Renate Kühn`,
  de('invoice-25', 'Ludger Terhorst <l.terhorst@example.com>', 'E-Rechnung ab Januar', { encoding: 'base64' })`
Sehr geehrte Damen und Herren,

ab dem 1. Januar nehmen wir nur noch elektronische Rechnungen im Format XRechnung oder ZUGFeRD an. Können Sie das
liefern? Unsere Kundennummer ist 30542, die Rechnungen gehen bitte an rechnung@terhorst-reha.example.

Ludger Terhorst`,
  fr('invoice-26', 'Comptabilité Vélocargo <compta@velocargo.example>', 'Facture avec numéro de TVA')`
Bonjour,

Pourriez-vous établir la facture 2026-11207 au nom de notre société et y faire figurer notre numéro de TVA
intracommunautaire ? Sans cela, nous ne pouvons pas la passer en comptabilité.

Cordialement,
Sylvie Roux, service comptable`,
  fr('invoice-27', 'Étienne Maillard <etienne.maillard@example.com>', 'Rappel de paiement déjà réglé', {
    kind: 'html',
  })`
Bonjour,

Je reçois un rappel pour la facture 2026-10866 alors que je l'ai réglée par virement le 27 octobre. Merci de vérifier et
d'annuler les frais de relance de 5 €. Je peux vous transmettre l'avis de débit.

Étienne Maillard`,
  fr('invoice-28', 'Delphine Royer <delphine.royer@mail.example>', 'Je ne trouve pas ma facture', {
    encoding: 'quoted-printable',
  })`
Bonjour, il n'y avait qu'un bon de livraison dans le colis. Mon entreprise me rembourse une partie des pièces mais elle
exige une facture en bonne et due forme. Où puis-je la télécharger ? Delphine Royer`,
  fr('invoice-29', 'Association Roue Libre <tresorier@rouelibre.example>', 'Erreur sur la facture 2026-11390', {
    kind: 'alternative',
  })`
Bonjour,

La facture indique 12 antivols alors que nous en avons commandé et reçu 10. Le montant hors taxes est donc trop élevé de
39,80 €. Merci de nous envoyer une facture rectificative ou un avoir comptable avant que je ne fasse le virement.

Bastien Leroux, trésorier`,
  fr('invoice-30', 'Michel Sabatier <m.sabatier@example.com>', 'Paiement à 30 jours', { charset: 'iso-8859-1' })`
Bonjour,

Notre mairie achète des pièces pour ses vélos de service. Acceptez-vous le paiement à 30 jours sur facture, par mandat
administratif ? Il nous faudrait aussi un devis et vos coordonnées bancaires (RIB).

Michel Sabatier, services techniques`,
  fr('invoice-31', 'Agathe Perrin <agathe.perrin@mail.example>', 'Re: Facture 2026-11033', {
    answersOurs: 'invoice-11033',
  })`
Merci pour la facture. Il y a une petite erreur : la TVA est calculée à 19 % et non à 20 %. Notre comptable demande une
version corrigée.

Agathe Perrin

> Veuillez trouver ci-joint votre facture 2026-11033.`,
  en('invoice-32', 'Geraldine Foss <geraldine.foss@example.com>', 'Please send the invoice again')`
Hello, I deleted the email with the invoice for order LH-204210. Could you send me the invoice as a PDF again? I need it
for my accountant by the end of the month.

Geraldine Foss`,
  en('invoice-33', 'Lionel Hartley <lionel@hartley-cycles.example>', 'Correct billing address on invoice 2026-11480')`
Dear accounts team, the billing address on invoice 2026-11480 is wrong: we moved in August. Please correct it and issue
a new invoice, otherwise our bookkeeping can't book it. Our VAT number stays the same.

Lionel Hartley`,
  en('invoice-34', 'Mina Takahashi <mina.takahashi@mail.example>', 'Reminder for an invoice I never received', {
    kind: 'html',
  })`
I've received a payment reminder for invoice 2026-10933 but never got the invoice itself. Could you send a copy, with
your bank details? I'll transfer the amount due at once.

Mina Takahashi`,
  en('invoice-35', 'Edgar Blom <edgar.blom@example.com>', 'VAT exempt purchase?')`
Hello, we're a Norwegian company. Does your invoice show VAT if the goods are exported, or is the amount net? Our
accounting needs an invoice with the tax exemption stated on it.

Edgar Blom`,
  de('invoice-36', 'Nora Siebert <nora.siebert@example.com>', 'Rechnung bitte noch einmal schicken')`
Hallo, ich habe die Mail mit der Rechnung zu LH-204213 gelöscht. Können Sie mir die Rechnung noch einmal als PDF
schicken? Ich brauche sie bis Monatsende für die Buchhaltung.

Nora Siebert`,
  fr('invoice-37', 'Cyril Blanchard <cyril.blanchard@example.com>', 'Renvoi d’une facture')`
Bonjour, j'ai supprimé par erreur l'e-mail avec la facture de la commande LH-204216. Pouvez-vous me renvoyer la facture
en PDF ? Mon comptable en a besoin avant la fin du mois.

Cyril Blanchard`,
  de('invoice-38', 'Hildegard Brosch <hildegard.brosch@example.com>', 'Mahnung erhalten, Rechnung ist bezahlt')`
Guten Tag, ich habe eine Mahnung zur Rechnung 2026-10841 bekommen. Die Rechnung habe ich am 30. Oktober überwiesen.
Bitte prüfen Sie den Zahlungseingang und stornieren Sie die Mahngebühr. Den Beleg meiner Bank schicke ich gern.

Hildegard Brosch`,
];
