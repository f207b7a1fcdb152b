import { de, en, fr, type Letter } from '../letter.ts';

/** Customers who cannot get into their account, or want something changed or deleted there. */
export const accounts: readonly Letter[] = [
  en('account-01', 'Owen Pritchard <owen.pritchard@example.com>', 'Password reset email never arrives')`
Hi,

I've forgotten my password and clicked "reset" three times, but no email arrives, not in the spam folder either. The
login name is owen.pritchard@example.com. Can you reset it by hand?

Owen`,
  en('account-02', 'Teresa Giordano <teresa.giordano@mail.example>', 'Account locked', { kind: 'html' })`
Hello,

when I try to sign in I get "account locked after too many attempts, try again later". Later was yesterday. Could you
unlock my account, please? I'm sure about the password, I wrote it on a card.

Teresa Giordano`,
  en('account-03', 'Mark Ellison <mark.ellison@example.com>', 'lost my phone = lost 2FA')`
my phone fell into the canal and with it the authenticator app. i have no recovery codes (i know...). how can i get back
into my account? user name is mellison. i can prove who i am with an order number or a passport or whatever you need.

mark`,
  en('account-04', 'Gwen Rutherford <gwen.rutherford@mail.example>', 'Change my login email address')`
Dear support,

my employer's mailbox will be closed at the end of the month, and it's the address I log in with. The profile page won't
let me change it without confirming from the old mailbox, which I can hardly access any more. Could you switch my
account to this new address?

Gwen Rutherford`,
  en('account-05', 'Luis Ferreira <luis.ferreira@example.com>', 'Please delete my account and data', {
    kind: 'alternative',
  })`
Hello,

under Article 17 GDPR I ask you to delete my customer account (login luis.ferreira@example.com) and all personal data
stored with it, as far as no retention duty stands against it. Please confirm the deletion.

Luis Ferreira`,
  en('account-06', 'Hedda Nyberg <hedda.nyberg@mail.example>', 'Somebody else logged into my account?', {
    files: ['login-alert.png'],
    kind: 'alternative',
  })`
Hi,

I got a notice about a login from a device I don't own (screenshot attached). I've changed my password immediately and
signed out of all sessions. Can you see what the other person did, and whether they saw my saved card? I've used this
password elsewhere, alas.

Hedda Nyberg`,
  en('account-07', 'Basil Crowe <basil.crowe@example.com>', 'Can not log in since the new website')`
Dear all,

since your website was relaunched I can't log in any more. "User name or password unknown." I have been a registered
customer since 2012 and my user name has a space in it, perhaps that is the problem? The browser is a current one.

Basil Crowe`,
  en('account-08', 'Kim Jansen <kim.jansen@mail.example>', 'Two accounts, please merge', { encoding: 'base64' })`
Hi! I seem to have two customer accounts, one with kim.jansen@mail.example and an older one with my maiden name. Could
you merge them so that the loyalty points end up under one login? I only want to keep the first. Thanks! Kim`,
  en('account-09', 'Fergus Boyle <fergus.boyle@example.com>', 'Reset link says expired', { kind: 'html' })`
Hello,

the link in your password email says "this link has expired" the very second I click it. Tried with two browsers and on
my phone. My mail provider scans links, maybe that uses it up? Please send me a temporary password or another way in.

Fergus Boyle`,
  en('account-10', 'Dorothy Wainwright <dorothy.wainwright@mail.example>', 'I do not understand the login')`
Dear young people,

it asks me for a "verification code" and says it has sent it to my phone. But I have a telephone with a cord! How am I
supposed to sign in? Is there any possibility of using my password only, like before?

Yours, Dorothy Wainwright (82)`,
  en('account-11', 'Jesper Dahl <jesper.dahl@example.com>', 'Re: Verify your email address', {
    answersOurs: 'verify-30991',
  })`
The confirmation button in this mail leads to a blank page. So my registration can't be completed and I can't log in.
Could you activate the account for me?

Jesper Dahl

> Welcome! Please verify your email address to activate your account.`,
  en('account-12', 'Naledi Khumalo <naledi.khumalo@mail.example>', 'Change phone number for two-factor login')`
Hello, I have a new mobile number. The security codes for signing in still go to the old SIM, which I gave back. How do
I change the number when I can't get into the profile without a code? Naledi Khumalo`,
  en('account-13', 'Rob Sinclair <rob.sinclair@example.com>', 'User name with typo', { kind: 'alternative' })`
Hi there,

I made a typo when registering: my login is now "rob.sincliar@example.com", so the activation email goes nowhere. Please
correct it or delete that registration so that I can sign up again.

Rob Sinclair`,
  en(
    'account-14',
    'Club account Harbour Riders <admin@harbourriders.example>',
    'Add a second user to our business account',
  )`
Hello,

we'd like to give our new treasurer access to our business account with a login of her own and permission to see orders
but not to change the password. And please remove the access of Mr Denning, who has left the club. Is this something I
can do in the settings?

Harbour Riders`,
  en('account-15', 'Polly Hargrove <polly.hargrove@mail.example>', 'What data do you store about me?')`
Dear Lindgren & Hale,

according to Article 15 GDPR I request a copy of the personal data in my customer account, including login history and
the consents I gave. My user name is pollyh. Kindly send it as a download or encrypted file.

Polly Hargrove`,
  en('account-16', 'Mark Ellison <mark.ellison@example.com>', 'Re: lost my phone = lost 2FA', {
    answers: 'account-03',
    answersOurs: 'access-4410',
  })`
thanks for the quick reply. here are the last two order numbers you asked for as proof: LH-201877 and LH-203104. please
switch off the two-factor thing so i can log in with the password and set up the app again on the new phone.

mark

> To verify your identity, please send us the numbers of your last two orders.`,
  en('account-17', 'Ursula Jensen <ursula.jensen@example.com>', 'logged out all the time', { kind: 'html' })`
Hello, every few minutes I'm logged out of the shop and have to enter my password again. It happens on the tablet only.
I've deleted the cookies and reinstalled the app. Is there a "stay signed in" setting for my account? Ursula`,
  de('account-18', 'Markus Ebner <markus.ebner@example.com>', 'Passwort vergessen, keine Mail')`
Guten Tag,

ich habe mein Passwort vergessen und dreimal auf "Zurücksetzen" geklickt, aber es kommt keine E-Mail an, auch nicht im
Spam-Ordner. Mein Benutzername ist markus.ebner@example.com. Können Sie das Passwort von Hand zurücksetzen?

Markus Ebner`,
  de('account-19', 'Franziska Lütz <franziska.luetz@mail.example>', 'Konto gesperrt', { charset: 'iso-8859-1' })`
Hallo,

beim Anmelden kommt die Meldung "Konto nach zu vielen Versuchen gesperrt". Könnt ihr mein Kundenkonto bitte wieder
entsperren? Das Passwort habe ich inzwischen wiedergefunden.

Franziska Lütz`,
  de('account-20', 'Rainer Völkel <rainer.voelkel@example.com>', 'Neue E-Mail-Adresse für den Login', { kind: 'html' })`
Sehr geehrte Damen und Herren,

meine bisherige Adresse wird zum Monatsende abgeschaltet. Da ich mich damit anmelde, bitte ich Sie, mein Kundenkonto auf
diese neue E-Mail-Adresse umzustellen. Im Profil lässt sie sich nicht ändern, weil die Bestätigung an das alte Postfach
geht.

Rainer Völkel`,
  de('account-21', 'Gül Aksoy <guel.aksoy@mail.example>', 'Konto löschen (DSGVO)', { encoding: 'base64' })`
Hallo,

bitte löschen Sie mein Kundenkonto samt allen gespeicherten personenbezogenen Daten nach Artikel 17 DSGVO und bestätigen
Sie mir die Löschung. Benutzername: guel.aksoy@mail.example.

Gül Aksoy`,
  de('account-22', 'Hartmut Scholz <hartmut.scholz@example.com>', 'Re: Bitte bestätigen Sie Ihre E-Mail-Adresse', {
    answersOurs: 'verify-31007',
  })`
Der Link in Ihrer Mail führt auf eine leere Seite. Damit kann ich die Registrierung nicht abschließen und mich nicht
einloggen. Bitte schalten Sie das Konto frei.

Hartmut Scholz

> Willkommen! Bitte bestätigen Sie Ihre E-Mail-Adresse.`,
  de('account-23', 'Elke Niemann <elke.niemann@mail.example>', 'Fremder Zugriff auf mein Konto?', {
    files: ['anmeldung-unbekannt.png'],
    kind: 'alternative',
  })`
Guten Abend,

ich habe eine Meldung über eine Anmeldung von einem unbekannten Gerät bekommen (Bildschirmfoto anbei). Mein Passwort
habe ich sofort geändert. Können Sie sehen, wer sich da eingeloggt hat und ob meine hinterlegte Karte sichtbar war?

Elke Niemann`,
  de('account-24', 'Bernd Kaltenbach <bernd.kaltenbach@example.com>', 'Anmeldung geht seit dem Umbau nicht mehr')`
Seit Sie die Webseite umgebaut haben, komme ich nicht mehr in mein Konto. "Benutzername oder Passwort unbekannt." Kunde
bin ich seit 2012. Kann es am Umlaut im Benutzernamen liegen?

Bernd Kaltenbach`,
  de('account-25', 'Swantje Hinrichs <swantje.hinrichs@mail.example>', 'Handy weg, kein Sicherheitscode')`
Moin, mein Handy ist weg und damit auch die App für den Sicherheitscode. Wiederherstellungscodes habe ich keine. Wie
komme ich jetzt wieder in mein Konto rein? Ausweisen kann ich mich gern.

Swantje`,
  fr('account-26', 'Fabrice Lemoine <fabrice.lemoine@example.com>', 'Mot de passe oublié, aucun e-mail')`
Bonjour,

J'ai oublié mon mot de passe et cliqué trois fois sur « réinitialiser », mais je ne reçois aucun e-mail, même dans les
indésirables. Mon identifiant est fabrice.lemoine@example.com. Pouvez-vous le réinitialiser ?

Fabrice Lemoine`,
  fr('account-27', 'Valérie Chevalier <valerie.chevalier@mail.example>', 'Compte bloqué', { kind: 'html' })`
Bonjour, quand j'essaie de me connecter, le site affiche « compte bloqué après trop de tentatives ». Pouvez-vous
débloquer mon compte client ? J'ai retrouvé le bon mot de passe.

Valérie Chevalier`,
  fr('account-28', 'Damien Poirier <damien.poirier@example.com>', 'Supprimer mon compte (RGPD)', {
    charset: 'iso-8859-1',
  })`
Bonjour,

Conformément à l'article 17 du RGPD, je vous demande de supprimer mon compte client ainsi que toutes mes données
personnelles, et de me confirmer cette suppression. Identifiant : dpoirier.

Damien Poirier`,
  fr('account-29', 'Sylvain Besson <sylvain.besson@mail.example>', 'Changer l’adresse de connexion', {
    kind: 'alternative',
  })`
Bonjour,

Ma boîte professionnelle sera fermée à la fin du mois et c'est elle qui me sert d'identifiant. Le profil refuse la
modification sans confirmation depuis l'ancienne adresse. Pouvez-vous rattacher mon compte à cette nouvelle adresse
e-mail ?

Sylvain Besson`,
  fr('account-30', 'Amandine Leclerc <amandine.leclerc@example.com>', 'Téléphone perdu, plus de code de sécurité')`
Bonjour, j'ai perdu mon téléphone et avec lui l'application qui génère les codes de connexion. Je n'ai pas de code de
secours. Comment récupérer l'accès à mon compte ? Je peux prouver mon identité. Amandine`,
  fr('account-31', 'Guillaume Rey <guillaume.rey@mail.example>', 'Re: Confirmez votre adresse e-mail', {
    answersOurs: 'verify-31015',
  })`
Le bouton de confirmation mène à une page blanche, je ne peux donc ni activer mon compte ni me connecter. Pouvez-vous
l'activer de votre côté ?

Guillaume Rey

> Bienvenue ! Merci de confirmer votre adresse e-mail pour activer votre compte.`,
  en('account-32', 'Nell Barlow <nell.barlow@example.com>', 'Cannot log in to my account')`
Hello, I can't log in to my account any more. It says "wrong password", although my browser has saved it. The password
reset link isn't accepted either. Can you help me to get access again?

Nell Barlow`,
  en('account-33', 'Ravi Menon <ravi.menon@mail.example>', 'Verification code not received')`
Hi, when I sign in I'm asked for a verification code, but the text message with the code never comes. My phone number in
the account is correct. Please turn off two-factor login for me or send the code by email.

Ravi`,
  en('account-34', 'Cordelia Payne <cordelia.payne@example.com>', 'Close my account', { kind: 'html' })`
Please close my customer account and delete my personal data. My user name is cpayne77. I no longer wish to log in by
email and password to every shop in the world.

Cordelia Payne`,
  en('account-35', 'Finn Aspinall <finn.aspinall@mail.example>', 'Password link goes to my old email')`
Hello, the password reset mail goes to my old email address, which no longer exists. How can I change the email address
of my account if I can't log in? My customer number is 30355.

Finn Aspinall`,
  de('account-36', 'Susanne Behrendt <susanne.behrendt@example.com>', 'Kann mich nicht anmelden')`
Hallo, ich kann mich nicht mehr in meinem Kundenkonto anmelden. Es heißt "falsches Passwort", obwohl es im Browser
gespeichert ist. Auch der Link zum Zurücksetzen des Passworts funktioniert nicht. Wie bekomme ich wieder Zugang?

Susanne Behrendt`,
  fr('account-37', 'Loïc Kerbrat <loic.kerbrat@example.com>', 'Impossible de me connecter à mon compte')`
Bonjour, je n'arrive plus à me connecter à mon compte : « mot de passe incorrect », alors que le navigateur l'a
enregistré. Le lien de réinitialisation du mot de passe ne marche pas non plus. Pouvez-vous me redonner accès ?

Loïc Kerbrat`,
];
