import { de, en, fr, type Letter } from '../letter.ts';

/** Where is my parcel? */
export const orders: readonly Letter[] = [
  en('order-01', 'Julia Sandberg <julia.sandberg@example.com>', 'Where is my order LH-204511?')`
Hi!

I ordered a chain and two jockey wheels on Sunday and the status has said "processing" ever since. Do you know when it
will be shipped? I'm leaving for a tour on the 21st and would love to fit them before.

Thanks, Julia`,
  en('order-02', 'Kwame Boateng <kwame.boateng@mail.example>', 'Tracking number does not work', {
    kind: 'alternative',
  })`
Hello,

the dispatch email for LH-204498 contains the tracking number 00340 4711 0815, but the carrier's page says "unknown
shipment". It has been two days now. Is the number right, or has the parcel not left your warehouse yet?

Best, Kwame`,
  en('order-03', 'Liam Corrigan <liam.corrigan@example.com>', 'delivery on saturday possible?')`
hey, quick one: order LH-204620, is it on its way already and does your carrier deliver on saturdays? nobody's at home
during the week. if not, can it go to a parcel shop instead?

liam`,
  en('order-04', 'Agnes Thorne <agnes.thorne@example.com>', 'Estimated delivery date for the Halden cassette')`
Good morning,

When I bought the Halden 12-speed cassette (LH-204075) the page said "delivery in 3-5 working days". Yesterday I looked
again and now it says "expected in week 49". Which of the two is true for my order? Has it been dispatched?

Kind regards
Agnes Thorne`,
  en('order-05', 'Piotr Zielinski <piotr@zielinski.example>', 'Only half of the order arrived', { kind: 'html' })`
Hello there,

today a parcel came with the inner tubes and the tyre levers, but the two tyres are missing. The delivery note lists all
items. Will there be a second parcel, and does it have its own tracking number? Order LH-204377.

Piotr`,
  en('order-06', 'Sarah Whitcombe <sarah.whitcombe@mail.example>', 'Change of delivery address LH-204633')`
Dear team,

I've just noticed that I had my old address in the form. If the parcel hasn't left yet, please send it to:

Sarah Whitcombe
7 Millpond Lane
Ashcombe

If it's already on the road, can I redirect it with the carrier?

Thanks so much
Sarah`,
  en('order-07', 'Victor Amsel <victor.amsel@example.com>', 'Parcel stuck in customs?', { encoding: 'base64' })`
Hi,

tracking for LH-204201 has shown "arrived at sorting centre, border" since Thursday last week. I live in Switzerland. Do
I have to do anything, is a document missing, or is it simply slow? The shipment contains a pair of pedals and a
multitool.

Victor Amsel`,
  en('order-08', 'Naomi Prentice <naomi.prentice@example.com>', 'Re: Your order has been shipped', {
    answersOurs: 'shipped-204455',
  })`
Thank you! Could you tell me which carrier it is with and roughly what time of day they come? The link only shows a map
of Europe and a spinning wheel.

Naomi

> Good news: your order LH-204455 has left our warehouse.
> You can follow your parcel here: https://track.example/LH-204455`,
  en('order-09', 'Ewan Strachan <ewan.strachan@mail.example>', 'Marked as delivered but nothing here', {
    withoutMessageId: true,
  })`
Hello,

according to the tracking my parcel (LH-204288) was delivered yesterday at 13:42 and "handed to resident". No resident
of this house has seen it. I asked both neighbours and looked behind the bins. Can you ask the driver where he left it,
please?

Ewan Strachan`,
  en('order-10', 'Catarina Lopes <catarina.lopes@example.com>', 'pre-order Norrsken light: any news')`
Hi folks,

I pre-ordered the new Norrsken rear light in August (LH-202010). Is there any news from the manufacturer about when it
will be in stock? No rush, I'd just like to know whether it'll be this year.

Catarina`,
  en('order-11', 'Simon Radley <s.radley@example.com>', 'No confirmation email', { kind: 'html' })`
Hello, I placed an order about an hour ago and paid, but got no confirmation email. Did it go through? It should be one
workstand, delivery to Bristol. I don't have an order number for obvious reasons.

Simon Radley`,
  en('order-12', 'Greta Lindholm <greta.lindholm@mail.example>', 'Shipping to Norway, how long')`
Hello,

my order LH-204581 was sent off on Monday. How many days does a parcel to Tromsø usually take with you? The tracking
ends at the German border. I am only asking so that I can tell my neighbour to look out for it.

Greta`,
  en('order-13', 'Oliver Banks <oliver@banks-bakery.example>', 'Order status please')`
Order: LH-204540
Date: last Thursday
Status on website: "picking"
Question: when does it ship?

Oliver Banks`,
  en('order-14', 'Rachel Umeh <rachel.umeh@example.com>', 'Can you combine two orders into one delivery?', {
    kind: 'alternative',
  })`
Hi,

right after LH-204601 I remembered that I needed bar tape as well and placed LH-204602. Can they go out in the same box?
And will the first one be delayed by that? I'd prefer to have everything on Friday, when I'm working from home.

Rachel`,
  en('order-15', 'Hugh Mortimer <hugh.mortimer@mail.example>', 'backorder chainring 42T')`
Is the 42T chainring of order LH-203870 still on backorder? Your last update said it was expected from the supplier in
the first week of November. If it's in, please just send it, no need to reply.

Hugh`,
  en('order-16', 'Julia Sandberg <julia.sandberg@example.com>', 'Re: Where is my order LH-204511?', {
    answers: 'order-01',
  })`
Me again! The status has changed to "shipped" overnight but I didn't receive a tracking link. Could you send it to me?

> I ordered a chain and two jockey wheels on Sunday and the status has said "processing" ever since. Do you know when it
> will
> be shipped?`,
  en('order-17', 'Bill Hargreave <bill.hargreave@example.com>', 'Missed delivery, card says depot', {
    files: ['missed-delivery-card.png'],
    kind: 'alternative',
  })`
Afternoon,

the driver left this card (picture attached) but I can't read the handwriting. Which depot is my parcel at and until
when will they hold it? LH-204319, a frame pump and a set of mudguards.

Bill Hargreave`,
  en('order-18', 'Dana Whitfield <dana.whitfield@example.com>', 'Ship the parcel a week later?')`
Hi, we'll be away until the 28th. Could you hold back order LH-204688 and dispatch it the week after, so that it doesn't
sit on the doorstep? Is there a delivery date I could choose? Dana`,
  de('order-19', 'Heike Sommerfeld <heike.sommerfeld@example.com>', 'Wo bleibt meine Bestellung LH-204502?')`
Guten Tag,

ich habe am 5. November ein Tretlager bestellt. Im Kundenkonto steht seitdem "in Bearbeitung". Wann wird das Paket
verschickt, und mit welchem Paketdienst kommt es?

Vielen Dank
Heike Sommerfeld`,
  de('order-20', 'Björn Matthiesen <bjoern.matthiesen@mail.example>', 'Sendungsnummer unbekannt', {
    charset: 'iso-8859-1',
  })`
Moin,

die Sendungsnummer aus eurer Versandmail kennt der Paketdienst nicht ("Sendung nicht gefunden"). Ist das Paket noch bei
euch im Lager oder stimmt die Nummer nicht? Bestellung LH-204566, zwei Mäntel und Felgenband.

Gruß, Björn`,
  de('order-21', 'Angela Reuter <angela.reuter@example.com>', 'Lieferadresse ändern', { kind: 'html' })`
Hallo liebes Team,

bei meiner Bestellung LH-204644 habe ich versehentlich die alte Anschrift angegeben. Bitte liefern Sie an: Angela
Reuter, Am Mühlbach 12, Hinterhaus. Falls das Paket schon unterwegs ist: Kann man es noch umleiten?

Danke und viele Grüße
Angela Reuter`,
  de('order-22', 'Stefan Brückner <stefan.brueckner@mail.example>', 'Lieferung unvollständig', {
    files: ['Lieferschein LH-204381.pdf'],
  })`
Hallo,

heute kam das Paket zu LH-204381 an, allerdings ohne die Bremsbeläge. Auf dem Lieferschein (anbei) stehen sie drauf.
Kommt da noch eine zweite Lieferung?

Stefan Brückner`,
  de('order-23', 'Ottilie Bauer <ottilie.bauer@example.com>', 'Wann kommt das Packet')`
Liebe Leute von Lindgren & Hale, mein Enkel hat bei Ihnen für mich einen Korb bestellt und ich warte immer am Fenster.
Können Sie mir sagen welcher Tag es ungefähr sein wird? Ich bin nicht so gut zu Fuß und mag den Boten nicht verpassen.
Bestellt ist auf den Namen Bauer.

Ihre Ottilie Bauer`,
  de('order-24', 'Ralf Dietz <ralf.dietz@example.com>', 'Re: Ihre Bestellung wurde versandt', {
    answersOurs: 'shipped-204407',
  })`
Hallo,

laut Sendungsverfolgung wurde das Paket gestern um 11:20 Uhr zugestellt, "Ablageort: Garage". Wir haben keine Garage.
Können Sie beim Paketdienst nachfragen, wo es gelandet ist?

Ralf Dietz

> Ihre Bestellung LH-204407 hat unser Lager verlassen.`,
  de('order-25', 'Yasemin Koç <yasemin.koc@mail.example>', 'Versand nach Österreich', { encoding: 'base64' })`
Hallo, wie lange dauert der Versand nach Graz normalerweise? Bestellung LH-204590 ist seit Dienstag unterwegs. Und kann
ich sie an eine Abholstation liefern lassen? LG Yasemin`,
  de('order-26', 'Wolfgang Thiele <wolfgang@thiele.example>', 'Liefertermin Laufradsatz', { kind: 'alternative' })`
Sehr geehrte Damen und Herren,

für den handgespeichten Laufradsatz (LH-203555) war als Liefertermin "Mitte November" angegeben. Gibt es inzwischen
einen genaueren Termin? Ich würde mir für die Zustellung gern einen Tag freinehmen.

Mit freundlichem Gruß
W. Thiele`,
  fr('order-27', 'Claire Fontanel <claire.fontanel@example.com>', 'Où en est ma commande LH-204489 ?')`
Bonjour,

J'ai commandé un porte-bagages il y a dix jours et le suivi affiche toujours « en préparation ». Pouvez-vous me dire
quand le colis partira ?

Merci,
Claire Fontanel`,
  fr('order-28', 'Rémi Chastain <remi.chastain@mail.example>', 'Numéro de suivi invalide', { kind: 'html' })`
Bonjour,

Le numéro de suivi que vous m'avez envoyé n'existe pas chez le transporteur. La commande LH-204530 a-t-elle bien été
expédiée ? J'aurais besoin des roulements pour ce week-end.

Rémi`,
  fr('order-29', 'Lucie Barbier <lucie.barbier@example.com>', 'Changer l’adresse de livraison', {
    encoding: 'quoted-printable',
  })`
Bonjour, est-il encore possible de modifier l'adresse de livraison de ma commande LH-204655 ? Je voudrais recevoir le
colis au bureau : 3 rue des Tanneurs, deuxième étage. S'il est déjà parti, tant pis, je m'arrangerai avec la gardienne.

Lucie Barbier`,
  fr('order-30', 'Yann Le Goff <yann.legoff@mail.example>', 'Colis livré ? Pas chez moi', { kind: 'alternative' })`
Bonjour,

Le suivi dit « colis livré hier à 14 h 05 », mais je n'ai rien reçu et la boîte aux lettres est vide. Pouvez-vous
vérifier auprès du livreur où il l'a déposé ? Commande LH-204299.

Yann Le Goff`,
  fr('order-31', 'Isabelle Noël <isabelle.noel@example.com>', 'Re: Votre commande a été expédiée', {
    answersOurs: 'shipped-204412',
  })`
Merci pour l'information ! Savez-vous si la livraison aura lieu avant vendredi ? Et le transporteur passe-t-il plutôt le
matin ou l'après-midi ?

> Votre commande LH-204412 a quitté notre entrepôt.`,
  fr('order-32', 'Karim Oudini <karim.oudini@example.com>', 'article manquant dans le colis')`
Bonjour, j'ai reçu aujourd'hui ma commande LH-204366 mais il manque la chambre à air. Est-ce qu'un deuxième envoi est
prévu ? Karim`,
  en('order-33', 'Felix Ogden <felix.ogden@example.com>', 'Where is my parcel?')`
Hello, my parcel should have been delivered on Tuesday. The tracking hasn't moved since Monday ("in transit"). Order
LH-204388. Do you know where it is and when it will arrive?

Felix Ogden`,
  en('order-34', 'Marta Kovacs <marta.kovacs@mail.example>', 'When will my order be shipped?')`
Hi, I ordered a pump and two tyres last Friday, LH-204612. It still says "in preparation". When will it be shipped, and
how long does delivery to Hungary take?

Thanks, Marta`,
  en('order-35', 'Gordon Pike <gordon.pike@example.com>', 'Delivery delayed?', { kind: 'html' })`
Good morning, delivery of order LH-204433 was announced for yesterday between 10 and 12. I stayed at home but no courier
came. Is it delayed, and is there a new delivery date?

Gordon Pike`,
  en('order-36', 'Selma Arslan <selma.arslan@mail.example>', 'New delivery address')`
Please send order LH-204671 to my workplace and not to my home address, if it has not been shipped yet. The courier can
leave the parcel at the reception.

Selma Arslan`,
  en('order-37', 'Ted Winslow <ted.winslow@example.com>', 'tracking link')`
order 204522 was shipped on wednesday according to your mail but there's no tracking number in it. can you send me the
tracking link? the neighbours could take the parcel if i knew the day.`,
  en('order-38', 'Iris Koenig <iris.koenig@mail.example>', 'Package says returned to sender')`
Hello,

the tracking of my package (LH-204260) now says "returned to sender, address incomplete". The flat number was missing,
it's 12 B. Could you ship it again when it's back at your warehouse?

Iris Koenig`,
  de('order-39', 'Henrik Sauer <henrik.sauer@example.com>', 'Wo ist mein Paket?')`
Guten Tag, mein Paket sollte am Dienstag geliefert werden. Die Sendungsverfolgung steht seit Montag auf "unterwegs".
Bestellung LH-204392. Wissen Sie, wo es ist und wann es ankommt?

Henrik Sauer`,
  de('order-40', 'Carola Feist <carola.feist@mail.example>', 'Wann wird meine Bestellung verschickt?')`
Hallo, ich habe letzte Woche eine Pumpe und zwei Reifen bestellt (LH-204615). Der Status ist immer noch "in
Vorbereitung". Wann wird das Paket versendet und wie lange dauert die Lieferung?

Carola Feist`,
  de('order-41', 'Detlef Wolter <detlef.wolter@example.com>', 'Lieferung verspätet?', { kind: 'html' })`
Guten Morgen, die Lieferung zu LH-204436 war für gestern angekündigt. Ich war den ganzen Tag zu Hause, aber der
Paketbote kam nicht. Gibt es einen neuen Liefertermin?

Detlef Wolter`,
  de('order-42', 'Ayşe Tekin <ayse.tekin@mail.example>', 'Sendungsverfolgung fehlt')`
Hallo, laut eurer Mail wurde die Bestellung LH-204527 am Mittwoch verschickt, aber die Sendungsnummer fehlt. Könnt ihr
mir den Link zur Sendungsverfolgung schicken? Dann kann der Nachbar das Paket annehmen.

Ayşe`,
  de('order-43', 'Kilian Baumgart <kilian.baumgart@example.com>', 'Paket an andere Adresse liefern')`
Bitte schicken Sie die Bestellung LH-204674 an meine Arbeitsstelle statt an die Lieferadresse zu Hause, falls sie noch
nicht versandt ist. Der Zusteller kann das Paket am Empfang abgeben.

Kilian Baumgart`,
  fr('order-44', 'Sébastien Marchal <sebastien.marchal@example.com>', 'Où est mon colis ?')`
Bonjour, mon colis devait être livré mardi. Le suivi indique « en cours d'acheminement » depuis lundi. Commande
LH-204395. Savez-vous où il se trouve et quand il arrivera ?

Sébastien Marchal`,
  fr('order-45', 'Anaïs Texier <anais.texier@mail.example>', 'Quand ma commande sera-t-elle expédiée ?')`
Bonjour, j'ai commandé une pompe et deux pneus la semaine dernière (LH-204618), toujours « en préparation ». Quand le
colis sera-t-il expédié et quel est le délai de livraison ?

Anaïs Texier`,
  fr('order-46', 'Joël Prigent <joel.prigent@example.com>', 'Retard de livraison', { kind: 'html' })`
Bonjour, la livraison de la commande LH-204439 était annoncée pour hier. Je suis resté chez moi, mais aucun livreur
n'est passé. Y a-t-il une nouvelle date ?

Joël Prigent`,
  fr('order-47', 'Estelle Marty <estelle.marty@mail.example>', 'Lien de suivi du colis')`
Bonjour, la commande LH-204529 est expédiée depuis mercredi mais je n'ai pas reçu de numéro de suivi. Pouvez-vous
m'envoyer le lien ? La voisine pourrait prendre le colis.

Estelle`,
  en('order-48', 'Jasmine Poole <jasmine.poole@example.com>', 'Has my order been dispatched yet?')`
Hello, has order LH-204633 been dispatched yet? The estimated delivery was Friday. If it's still in your warehouse,
could you use the parcel shop in my street as delivery address? I'm never at home when the courier comes.

Jasmine`,
  en('order-49', 'Clive Bannister <clive.bannister@mail.example>', 'Part of the delivery is missing')`
My parcel arrived this morning but the second box is missing. The tracking only shows one shipment. Is the rest of order
LH-204544 still on its way?

Clive Bannister`,
  en('order-50', 'Winifred Barr <winifred.barr@example.com>', 'When does the postman come?')`
Dear all, my grandson ordered a basket for me and I keep waiting at the window. Could you tell me on which day the
parcel will be delivered? I'm slow on the stairs and don't want to miss the courier. The order is in the name of Barr.

Winifred Barr`,
  de('order-51', 'Hannelore Gries <hannelore.gries@mail.example>', 'Welcher Tag für die Zustellung?')`
Guten Tag, können Sie mir sagen, an welchem Tag das Paket ungefähr zugestellt wird? Ich bin nicht gut zu Fuß und warte
sonst jeden Tag auf den Boten. Bestellt hat es mein Sohn auf den Namen Gries.

Hannelore Gries`,
  fr('order-52', 'Solange Tardieu <solange.tardieu@example.com>', 'Adresse de livraison incomplète')`
Bonjour, j'ai oublié le numéro d'appartement dans l'adresse de livraison de la commande LH-204678. Pouvez-vous l'ajouter
avant l'expédition, ou prévenir le livreur ? C'est le 12 B.

Solange Tardieu`,
];
