import { de, en, fr, type Letter } from '../letter.ts';

/** Junk, as it gets through filters. Every address and link leads to a reserved name (RFC 2606). */
export const spam: readonly Letter[] = [
  en('spam-01', 'SEO Experts <rank@topseo-number1.example>', 'Your website is NOT on page 1', { kind: 'html' })`
Dear website owner,

I was surfing on your website and found that it has very good design but it's not ranking on the first page. We can
place your website on page 1 in 30 days GUARANTEED. White hat link building, 500 backlinks only $149/month.

Can I send you a price list and proposal? Reply YES.

Best Regards,
Jessica Brown, Digital Marketing Executive`,
  en('spam-02', 'Mrs. Evelyn W. <evelyn.widow@mail.example>', 'DEAREST BELOVED, PLEASE READ')`
DEAREST BELOVED,

It is by the grace that I contact you. I am a widow suffering from long time illness and my late husband deposited the
sum of USD 8.5 MILLION with a security company. I want to donate this fund to charity through you. You will take 40% for
your effort. Send me your full name, address and private telephone number for further directive. Keep this confidential.

Yours in faith, Mrs Evelyn`,
  en('spam-03', 'Parcel Service <notice@parcel-fee-update.example>', 'Your package is waiting: pay 1.99 customs fee', {
    kind: 'html',
  })`
<html><body><center><h2 style="color:#c00">DELIVERY SUSPENDED</h2>
<p>Dear costumer, your package could not be delivered because of unpaid customs fee (1,99 EUR). Pay within 24 hours or the package will be
destroyed.</p>
<p><a href="https://parcel-fee-update.example/pay?id=88213">PAY NOW AND RELEASE PACKAGE</a></p></center></body></html>`,
  en('spam-04', 'Mailbox Admin <admin@webmail-quota.example>', 'FINAL WARNING: mailbox 99% full', { kind: 'html' })`
<html><body><p>Dear user, your mailbox storage is 99% full. All incoming messages will be DELETED in 12 hours.</p>
<p>Click below to verify your webmail and get 20GB extra quota for free.</p>
<p><a href="https://webmail-quota.example/verify">VERIFY NOW</a></p><p>Webmail Administrator 2026 (c)</p></body></html>`,
  en('spam-05', 'Crypto Insider <profit@moon-coin.example>', 'He turned $250 into $19,400 in 8 days')`
Hi friend,

the banks HATE this man! His automated trading robot earns up to 2,400 dollars per day while he sleeps. Only 17 places
left for the free beta. Deposit $250, sit back, and watch your bitcoin account explode.

>>> https://moon-coin.example/join <<<

This is not a scam. Limited time offer. Act now!!!`,
  en(
    'spam-06',
    'Linda from Shenzhen <sales08@carbonfactory-direct.example>',
    'Re: carbon frame carbon wheel factory price',
    {
      files: ['catalogue.pdf'],
    },
  )`
Dear Purchasing Manager,

Glad to hear you are in the market of bicycle. We are professional manufacturer with 15 years experience, OEM and ODM
welcome. Best quality best price, MOQ 50 pcs, sample free, fast lead time. Our hot sale products carbon frame, carbon
wheel, LED scooter, yoga mat.

May I have your WhatsApp for better communication?

Linda`,
  en('spam-07', 'Dr. Health <offer@miracle-knee.example>', 'Doctors stunned: knee pain gone in 7 days', {
    encoding: 'base64',
  })`
Suffering from joint pain? One weird trick from a Himalayan monk makes your knees 20 years younger! Order today and get
3 bottles for the price of 1 plus FREE shipping. 100% natural pills, no prescription needed, money back guarantee.

ORDER HERE: https://miracle-knee.example/buy-now`,
  en(
    'spam-08',
    'International Lottery Board <claims@euro-lotto-winner.example>',
    'CONGRATULATIONS!!! You have won 950,000 EUR',
  )`
Attention lucky winner,

your email address was selected in our online ballot and has won the sum of 950,000.00 EURO. Ticket number 7-11-23-40.
To claim your prize contact our claims agent Barrister Dr. Morgan with your full name, age, occupation, bank account and
a copy of passport.

Do not tell anyone until your money is remitted.`,
  en('spam-09', 'Kevin <kevin@leadlists-pro.example>', 'Quick question about your leads')`
Hi,

Would you be interested in an email list of 48,000 bicycle dealers, decision makers and CEOs? 95% deliverability, GDPR
compliant, includes phone numbers. I can do 50% discount if you buy this week.

Should I send over counts and pricing?

Kevin. P.S. If you are not the right person kindly forward to the right person.`,
  en('spam-10', 'Kevin <kevin@leadlists-pro.example>', 'Re: Quick question about your leads', { answers: 'spam-09' })`
Hi again, just bumping this to the top of your inbox! Did you get a chance to review my offer on the email list of
48,000 bicycle dealers? Last chance for the 50% discount. Pricing?

Kevin`,
  en('spam-11', 'Billing <invoice@secure-docs-view.example>', 'Overdue invoice INV-99120 (password inside)', {
    files: ['INV-99120.pdf'],
    kind: 'html',
  })`
Dear Customer,

kindly find attached overdue invoice. Open the document and click ENABLE CONTENT to view. Password: 1234. If you do not
pay today legal action will be taken and your credit score damaged.

Click here to download secure document.`,
  en('spam-12', 'Loan Dept <fastcash@instant-loan.example>', 'Business loan approved: up to $500,000 at 2%')`
Good day Sir/Ma,

do you need urgent loan to clear your debts or expand business? We offer 5,000 to 500,000 at 2% interest rate, no
collateral, no credit check. Approval within 24 hours. Apply now with name, amount needed, duration and phone.

God bless, Mr. Paul Loan Firm`,
  en('spam-13', 'Hot Deals <deals@cheapwatch-outlet.example>', 'R0LEXX replica watches -87% TODAY ONLY', {
    kind: 'html',
  })`
<html><body><h1>LUXURY REPLICA OUTLET</h1>
<p>Watches, handbags, sunglasses: up to <b>87% OFF</b>. Same quality, nobody will see the
difference!!!</p>
<p><a href="https://cheapwatch-outlet.example/sale">SHOP NOW</a></p>
<p>Offer expires at midnight.</p></body></html>`,
  en('spam-14', 'Anna <anna1994@lonely-hearts.example>', 'hi handsome, saw your profile')`
Hello my dear, i am Anna, 28, nice and single girl from far. I saw your profile and think you are interesting man. I
search serious relationship. Write me and i send you my hot photos, click my page https://lonely-hearts.example/anna.
Kisses`,
  en('spam-15', 'Hacker <anon@dark-notice.example>', 'I have recorded you')`
Your system was hacked with my trojan. I have full access to your camera and made a video of you. Send 0.08 bitcoin to
the wallet below within 48 hours or I will send the video to all your contacts. Don't try to find me, it is impossible.
Wallet: see the attached page.

Time is ticking.`,
  en('spam-16', 'App Studio <hello@cheap-app-dev.example>', 'Mobile app for your shop, $499 only', {
    kind: 'alternative',
  })`
Hello Sir/Madam,

We are a leading offshore IT company. We develop mobile app, website redesign, Shopify, WordPress and SEO with
affordable price. 100% satisfaction guaranteed, 24/7 support, 1200+ happy clients.

Let us know your requirement and we will send you a free quote with portfolio.

Thanks & Regards, Rahul, Business Development`,
  en('spam-17', 'Gift Card Center <winner@survey-prize.example>', 'You have been chosen! Claim your $1000 gift card', {
    kind: 'html',
  })`
Congratulations! You are today's lucky visitor number 1,000,000. Answer 3 easy questions and claim your FREE $1000 gift
card now. Only 2 left! Click the button before the timer runs out. Winner code: LUCKY-77.`,
  de('spam-18', 'Webagentur Nr. 1 <angebot@platz-eins-seo.example>', 'Ihre Webseite wird nicht gefunden!')`
Sehr geehrter Webseitenbetreiber,

ich habe Ihre Seite besucht und festgestellt, dass Sie bei Suchmaschinen NICHT auf Seite 1 stehen. Wir bringen Sie
garantiert in 30 Tagen auf Platz 1. Backlinks schon ab 99 Euro im Monat. Jetzt unverbindliches Angebot anfordern, nur
noch heute mit 50 % Rabatt!`,
  de('spam-19', 'Paketdienst <info@paket-gebuehr.example>', 'Ihr Paket wird zurückgehalten: 1,99 € Zollgebühr', {
    kind: 'html',
  })`
<html><body><h2>Zustellung ausgesetzt</h2>
<p>Lieber Kunde, Ihr Paket konnte wegen nicht bezahlter Zollgebühr (1,99 EUR) nicht zugestellt werden. Zahlen
Sie innerhalb 24 Stunden sonst wird das Paket vernichtet.</p>
<p><a href="https://paket-gebuehr.example/jetzt">JETZT BEZAHLEN UND FREIGEBEN</a></p></body></html>`,
  de('spam-20', 'Casino Royal <bonus@casino-bonus-royal.example>', '500 € Willkommensbonus + 200 Freispiele', {
    encoding: 'base64',
  })`
Glückwunsch! Sie wurden ausgewählt: 500 € Bonus und 200 Freispiele GRATIS, ohne Einzahlung. Unser Jackpot steht bei 4,2
Millionen. Klicken Sie jetzt und gewinnen Sie noch heute! https://casino-bonus-royal.example/spielen Nur für kurze Zeit.`,
  de('spam-21', 'Kredit Sofort <antrag@kredit-ohne-schufa.example>', 'Sofortkredit ohne Auskunft, bis 100.000 Euro')`
Guten Tag,

brauchen Sie dringend Geld? Wir vergeben Kredite bis 100.000 Euro, 2 % Zinsen, ohne Auskunft, ohne Sicherheiten,
Auszahlung in 24 Stunden. Senden Sie Name, Summe, Laufzeit und Telefonnummer. Diskret und seriös! Jetzt Antrag stellen.`,
  de('spam-22', 'Dr. Gelenk <aktion@gelenkwunder.example>', 'Ärzte sind sprachlos: Schmerzen weg in 7 Tagen', {
    kind: 'html',
  })`
Leiden Sie an Gelenkschmerzen? Ein einfacher Trick aus dem Himalaya macht Ihre Knie 20 Jahre jünger! Heute bestellen und
3 Dosen zum Preis von 1 erhalten, Versand gratis. 100 % natürliche Kapseln, Geld-zurück-Garantie. HIER KLICKEN und
zugreifen!`,
  de('spam-23', 'Trading Geheimnis <gewinn@krypto-reich.example>', 'So wurde aus 250 Euro ein Vermögen', {
    charset: 'iso-8859-1',
  })`
Die Banken sind schockiert! Ein automatischer Handelsroboter bringt Ihnen bis zu 2400 Euro am Tag, während Sie schlafen.
Nur noch 17 Plätze frei. 250 Euro einzahlen, zurücklehnen, reich werden. Jetzt Bitcoin-Konto eröffnen:
https://krypto-reich.example/start`,
  de('spam-24', 'Postfach Verwaltung <service@postfach-voll.example>', 'Letzte Warnung: Postfach zu 99 % voll', {
    kind: 'html',
  })`
<html><body><p>Lieber Benutzer, der Speicher Ihres Postfachs ist zu 99 % voll. Alle eingehenden Nachrichten werden in 12 Stunden GELÖSCHT. Klicken Sie
unten und bestätigen Sie Ihr Postfach, um gratis 20 GB zu erhalten.</p>
<p><a href="https://postfach-voll.example/b">JETZT BESTÄTIGEN</a></p></body></html>`,
  de('spam-25', 'Adressen Profi <vertrieb@adressen-profi.example>', '48.000 Firmenadressen zum Sonderpreis', {
    kind: 'alternative',
  })`
Hallo,

möchten Sie neue Kunden gewinnen? Wir bieten 48.000 geprüfte Firmenadressen mit E-Mail, Telefon und Geschäftsführer. 50
% Rabatt bei Bestellung bis Freitag, inklusive Versand-Software. Darf ich Ihnen eine Preisliste schicken? Wenn Sie nicht
zuständig sind, bitte weiterleiten.`,
  fr('spam-26', 'Référencement Pro <offre@seo-premiere-page.example>', 'Votre site n’est pas en première page !')`
Cher propriétaire de site,

en visitant votre site j'ai constaté qu'il n'apparaît PAS en première page. Nous le plaçons numéro 1 en 30 jours,
résultat GARANTI. 500 liens pour seulement 99 € par mois. Répondez OUI pour recevoir notre offre, remise de 50 %
aujourd'hui uniquement !`,
  fr('spam-27', 'Service Colis <avis@colis-frais.example>', 'Colis bloqué : réglez 1,99 € de frais de douane', {
    kind: 'html',
  })`
<html><body><h2>LIVRAISON SUSPENDUE</h2>
<p>Cher client, votre colis est retenu pour cause de frais de douane impayés (1,99 EUR). Payez sous 24 heures
sinon il sera détruit.</p><p><a href="https://colis-frais.example/payer">PAYER MAINTENANT</a></p></body></html>`,
  fr('spam-28', 'Maître Dupond <notaire@heritage-urgent.example>', 'HÉRITAGE URGENT ET CONFIDENTIEL')`
Bien-aimé,

je suis Maître Dupond, notaire. Une cliente décédée sans famille a laissé la somme de 3.200.000 euros. Vous avez été
choisi comme bénéficiaire. Pour recevoir ces fonds, envoyez vos noms, adresse, profession et copie de passeport. Gardez
la confidentialité absolue. Que Dieu vous bénisse.`,
  fr('spam-29', 'Casino Étoile <bonus@casino-etoile.example>', '500 € offerts + 200 tours gratuits', {
    encoding: 'base64',
  })`
Félicitations ! Vous êtes sélectionné : 500 € de bonus et 200 tours GRATUITS sans dépôt. Le jackpot atteint 4,2
millions. Cliquez vite et gagnez dès ce soir ! https://casino-etoile.example/jouer Offre limitée.`,
  fr('spam-30', 'Crédit Express <pret@credit-express-24h.example>', 'Prêt de 5 000 à 500 000 € en 24 h', {
    kind: 'html',
  })`
Bonjour Monsieur/Madame, avez-vous un besoin urgent d'argent ? Nous offrons des prêts entre particuliers, taux de 2 %,
sans garantie, sans justificatif, réponse en 24 heures. Envoyez nom, montant souhaité, durée et téléphone. Offre
sérieuse et honnête. Cliquez pour votre demande.`,
  fr('spam-31', 'Cadeau Surprise <gagnant@sondage-cadeau.example>', 'Vous avez gagné ! Réclamez votre carte cadeau')`
Félicitations, vous êtes le visiteur numéro 1 000 000 ! Répondez à 3 questions et recevez GRATUITEMENT une carte cadeau
de 1000 €. Plus que 2 disponibles. Cliquez avant la fin du compte à rebours : https://sondage-cadeau.example/ok`,
  en('spam-32', 'Mr. James K. <director@bank-transfer-office.example>', 'URGENT BUSINESS PROPOSAL')`
Dear friend,

I am the director of a bank and I have a confidential proposal. The sum of 12.5 MILLION US DOLLARS belongs to a deceased
customer without relatives. I need your assistance to transfer this fund; you will receive 35%. Reply urgently with your
full name and private phone number. God bless you.`,
  en('spam-33', 'Prize Department <claim@big-prize-draw.example>', 'You are our WINNER! Claim now', { kind: 'html' })`
CONGRATULATIONS! Your email address won a brand new smartphone in our prize draw. Click here to claim your prize within
24 hours. Limited offer, only today, 100% free!`,
  en('spam-34', 'Web Design Team <offer@best-web-design4u.example>', 'Website redesign proposal')`
Hello Sir/Madam,

I visited your website and found some errors that stop you from ranking on page one. We are a leading digital marketing
company and offer SEO, website redesign and guaranteed traffic at affordable price. Shall I send you a free proposal?`,
  en('spam-35', 'Trading Robot <vip@easy-millions.example>', 'Make $3,000 a day from home')`
Are you tired of working? Our bitcoin robot makes up to $3,000 per day on autopilot, guaranteed. No experience needed.
Click the link, deposit and watch your money grow: https://easy-millions.example/start Act now!`,
  de(
    'spam-36',
    'Gewinnspiel Zentrale <gewinn@grosse-verlosung.example>',
    'Herzlichen Glückwunsch, Sie haben gewonnen!',
  )`
Ihre E-Mail-Adresse hat ein nagelneues Smartphone gewonnen! Klicken Sie hier und sichern Sie sich Ihren Gewinn innerhalb
von 24 Stunden. Nur heute, 100 % gratis, garantiert!`,
  fr('spam-37', 'Grand Tirage <gain@grand-tirage.example>', 'Félicitations, vous avez gagné !')`
Votre adresse e-mail a gagné un smartphone tout neuf dans notre tirage ! Cliquez ici pour recevoir votre gain sous 24
heures. Offre limitée, 100 % gratuit, garanti, aujourd'hui seulement !`,
  en('spam-38', 'Barrister Collins <barrister@estate-claims.example>', 'Dearest one, inheritance fund')`
Dearest one,

I am Barrister Collins. My late client left the sum of USD 6.2 MILLION in a bank and I want you to stand as next of kin.
You will take 40% of this fund. It is risk free and confidential. Send your full name, address and telephone number. God
bless you.`,
];
