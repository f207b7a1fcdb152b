import { de, en, fr, type Letter } from '../letter.ts';

/** Lists that somebody at the shop once subscribed to: trade press, clubs, suppliers. */
export const newsletters: readonly Letter[] = [
  en('news-01', 'Spoke & Story <letters@spokestory.example>', 'The Sunday Read: a frame builder in the fog', {
    kind: 'html',
    list: 'sunday.spokestory.example',
  })`
<html><body style="font-family:Georgia,serif;background:#f6f2ea">
<table width="600" align="center" cellpadding="24"><tr><td bgcolor="#ffffff">
<h1>The Sunday Read</h1>
<p>Up on the moor, where the road ends and the fog begins, Alun Pryce brazes one frame a month. We spent three days in his
shed and came home smelling of flux.</p>
<p><a href="https://spokestory.example/fog">Read the full story</a></p>
<p style="font-size:11px;color:#777">You receive this email because you subscribed at spokestory.example.
<a href="https://spokestory.example/unsubscribe">Unsubscribe</a> | View in browser</p>
</td></tr></table></body></html>`,
  en('news-02', 'Kestrel Components <trade@kestrel-components.example>', 'Dealer News, November edition', {
    kind: 'alternative',
    list: 'dealers.kestrel-components.example',
  })`
DEALER NEWS, NOVEMBER

New in the range: the Kestrel R3 hub in 28 holes. Available to all our dealers from next week.

Trade prices: the updated price list takes effect on 1 January. Download it from the dealer portal.

Webinar: "Selling bearings, not just wheels", Wednesday 7 pm. Register for free.

You are receiving this newsletter as a registered dealer. To change your preferences or unsubscribe click here:
https://kestrel-components.example/newsletter/preferences`,
  en('news-03', 'The Gear Cable <hello@gearcable.example>', 'This week: wireless, everywhere. Do we need it?', {
    list: 'weekly.gearcable.example',
  })`
THE GEAR CABLE, issue 212
-------------------------

Hello readers,

three launches this week, all of them wireless. We've ridden two. Our verdict, in one line: lovely until you forget to
charge.

* REVIEW: six chain lubes on one very wet commute
* OPINION: bring back the bottle dynamo
* NUMBERS: e-cargo sales up 18 percent in the third quarter
* EVENTS: winter swap meet in the old tram depot

Read more on our website: https://gearcable.example/212

Forward this to a friend, or unsubscribe at any time: https://gearcable.example/u/3f1`,
  en(
    'news-04',
    'Riverside Wheelers <committee@riversidewheelers.example>',
    'Club bulletin: winter rides and the annual dinner',
    {
      kind: 'html',
      list: 'bulletin.riversidewheelers.example',
    },
  )`
Dear members and friends,

the clocks have gone back and the club ride now starts at nine from the weir. Lights and mudguards are compulsory until
March, please.

The annual dinner takes place on the second Saturday in December at the Plough. Menus and the booking form are on our
website.

Results: congratulations to our ladies' team for third place in the autumn hill climb!

The bulletin is sent monthly. If you no longer wish to receive it, use the unsubscribe link below.`,
  en('news-05', 'Tarn Tyres <news@tarn-tyres.example>', 'Grip in the wet: meet the new Tarn Nordic', {
    kind: 'html',
    list: 'news.tarn-tyres.example',
  })`
<html><body><div style="max-width:600px;margin:auto;font-family:Helvetica,Arial">
<div style="background:#10324a;color:#fff;padding:20px"><h1>Winter is a tyre question</h1></div>
<p>Our new Nordic has 240 carbide studs, a softer compound and a sidewall that laughs at gravel. Discover how we tested it on the
frozen lakes of Jämtland.</p>
<p><a href="https://tarn-tyres.example/nordic">Discover the Nordic</a></p>
<p>In our magazine: five tips for riding on ice, and an interview with the fastest postwoman of Umeå.</p>
<hr><small>Tarn Tyres sends this newsletter every other month. No longer interested?
<a href="https://tarn-tyres.example/optout">Unsubscribe here</a>.</small></div></body></html>`,
  en('news-06', 'Inside Bicycle Retail <editor@insidebicycleretail.example>', 'Market report: stock levels normalise', {
    list: 'briefing.insidebicycleretail.example',
    encoding: 'base64',
  })`
MORNING BRIEFING

Stock levels: warehouses across Europe are back to 2019 figures, says the industry association's quarterly survey of 340
retailers.

Insolvency: a mid-sized wheel maker has filed for protection; 60 jobs are affected. Read the background in our
subscriber area.

People: the new head of purchasing at Halden comes from the ski industry.

You are subscribed as a retailer. Manage subscription: https://insidebicycleretail.example/manage`,
  en('news-07', 'Mend It Collective <post@mendit.example>', 'Repair café dates & our little zine', {
    kind: 'alternative',
    list: 'zine.mendit.example',
  })`
Friends of the spanner,

our next repair cafés: 22 November in the library, 6 December in the church hall (soup at noon!). Volunteers who can
true a wheel are always welcome.

The fifth issue of our zine is out: 24 pages about threads, taps and patience. Download it for free or pick up a printed
copy.

Thank you for reading this far. This letter goes to 812 people. To leave the list, follow the unsubscribe link in the
footer.`,
  en(
    'news-08',
    'Packhorse Logistics <updates@packhorse-logistics.example>',
    'Service update: holiday cut-off dates for shippers',
    {
      kind: 'html',
      list: 'updates.packhorse-logistics.example',
    },
  )`
Dear business customer,

our newsletter for shippers brings you the most important dates of the season at a glance. Last collection before the
holidays: 22 December. Peak surcharge for bulky goods: from 24 November. New: book collections in our app.

Our blog post of the month: how a bookshop halved its packaging.

This information is sent to all contract customers. Update your email preferences or unsubscribe in the customer portal.`,
  en('news-09', 'Halden Drivetrain <academy@halden.example>', 'Academy newsletter: new e-learning modules', {
    list: 'academy.halden.example',
  })`
Hello mechanics,

three new modules are waiting for you in the Halden Academy:

  1. Setting up 12-speed with a mixed drivetrain (25 min)
  2. Reading chain wear like a detective (15 min)
  3. Noise, and how to find it (40 min)

Complete all of them before the end of the year and you take part in our prize draw for a workshop apron.

See you online!
Your Academy team

You get this newsletter because you hold an Academy account. Unsubscribe: https://halden.example/academy/stop`,
  en('news-10', 'Old Roads Touring <postcard@oldroads.example>', 'Postcard no. 31: three passes and a ferry', {
    kind: 'html',
    list: 'postcard.oldroads.example',
  })`
<html><body bgcolor="#fffdf5"><table width="560" align="center"><tr><td>
<h2>Postcard no. 31</h2>
<p><i>Greetings from a harbour wall.</i> This month we rode the old salt road: three passes, one ferry and a dog that followed us
for eleven kilometres. Maps and photos are on the blog.</p>
<p>Next season's guided tours are online. Early subscribers to this newsletter get first pick of the dates.</p>
<p><a href="https://oldroads.example/31">See the photos</a></p>
<p><small>Sent with love, once a month. <a href="https://oldroads.example/bye">Unsubscribe</a></small></p>
</td></tr></table></body></html>`,
  en(
    'news-11',
    'City Cycling Office <newsletter@cycling-office.example>',
    'Newsletter: new cycle street opens on 1 December',
    {
      list: 'newsletter.cycling-office.example',
    },
  )`
Newsletter of the City Cycling Office

CONSTRUCTION: Canal Street becomes the city's fourth cycle street. The opening is on 1 December with hot punch.
COUNTING: the counters registered 2.1 million riders between January and October.
SURVEY: tell us where you would like to park. Ten minutes, anonymous.
WINTER SERVICE: 140 kilometres of cycle path will be cleared first this year.

You can cancel your subscription to this newsletter at any time by sending an empty reply.`,
  en('news-12', 'Norrsken Lights <info@norrsken-lights.example>', 'Press & partners: autumn highlights', {
    kind: 'alternative',
    list: 'partners.norrsken-lights.example',
  })`
Autumn highlights from Norrsken

The new photo library is online: press pictures of the complete range for your web shop, free to use for partners.

Award: our dynamo headlight received the jury prize of the design week. Read the press release.

Save the date: partner evening on the eve of the trade fair. Invitations follow in the next newsletter.

If you do not want to receive any more news from us, please unsubscribe with one click.`,
  en('news-14', 'Fjell Rims <stories@fjell-rims.example>', 'Behind the scenes: how a rim is welded', {
    kind: 'html',
    list: 'stories.fjell-rims.example',
  })`
Behind the scenes

Have you ever wondered where the seam of a rim goes? Our production manager Sigrid takes you along on a tour through the
plant, in pictures and a six minute video.

In this newsletter: the story of alloy 6069, a factory cat, and a competition: guess the spoke tension and win a truing
stand.

Was this mail forwarded to you? Subscribe here. Too much? Unsubscribe here.`,
  en('news-15', 'Pedal Power Podcast <studio@pedalpowerpod.example>', 'New episode: what mechanics wish you knew', {
    list: 'episodes.pedalpowerpod.example',
  })`
Episode 88 is out!

We talked with three mechanics about squeaks, tips and the strangest things they have found inside a seat tube. Listen
on our website or wherever you get your podcasts.

Chapters: 00:00 hello / 04:10 the sandwich / 17:45 torque / 38:20 listener questions

Support the show, tell a friend, or unsubscribe from these notes: https://pedalpowerpod.example/unsub`,
  en('news-16', 'Green Lanes Trust <supporters@greenlanes.example>', 'Supporter update: 12 miles reopened', {
    kind: 'alternative',
    list: 'supporters.greenlanes.example',
  })`
Dear supporter,

thanks to this autumn's volunteers, twelve miles of old railway path are open again! The before and after pictures are
worth a look.

Winter programme: hedge laying, a talk on drainage (better than it sounds), and the carol ride.

You're receiving our quarterly update as a supporter of the trust. Read it online, share it, or unsubscribe using the
link at the bottom.`,
  en('news-17', 'Ostra Brakes <service-bulletin@ostra-brakes.example>', 'Tech newsletter: pad compounds explained', {
    list: 'tech.ostra-brakes.example',
    kind: 'html',
  })`
Tech newsletter for our workshop partners

Organic, semi-metallic or sintered? In this issue our engineer explains the three compounds with thermal images and one
very smelly experiment.

Also new: exploded drawings of all calipers for download, a poster for your workshop wall, and the dates of the spring
road show.

To unsubscribe from the tech newsletter, click here. Imprint and privacy policy on our website.`,
  de('news-18', 'Radkultur Magazin <brief@radkultur.example>', 'Newsletter: Das neue Heft ist da', {
    kind: 'html',
    list: 'brief.radkultur.example',
  })`
<html><body style="font-family:Verdana"><table width="600" align="center"><tr><td>
<h1>Das Winterheft ist da!</h1>
<p>Auf 116 Seiten: Spikereifen im Vergleich, eine Reise mit dem Postschiff und die Werkstatt, in der nur Frauen schrauben.</p>
<p><a href="https://radkultur.example/heft">Zur Leseprobe</a></p>
<p>Außerdem im Blog: Wie lagert man ein Fahrrad auf zwei Quadratmetern?</p>
<p><small>Sie erhalten diesen Newsletter, weil Sie sich auf radkultur.example angemeldet haben.
<a href="https://radkultur.example/abmelden">Newsletter abbestellen</a></small></p></td></tr></table></body></html>`,
  de('news-19', 'Großhandel Speichenwerk <newsletter@speichenwerk.example>', 'Händler-Newsletter KW 47', {
    list: 'haendler.speichenwerk.example',
  })`
HÄNDLER-NEWSLETTER KW 47

Neu im Sortiment: Naben mit 28 Loch, Felgenband in 23 mm, Montageständer für den Laden.

Preisliste: Die Konditionen für das neue Jahr stehen im Händlerportal zum Herunterladen bereit.

Schulung: "Laufräder verkaufen", Online-Seminar am Mittwoch um 19 Uhr, Anmeldung kostenlos.

Sie möchten keine Neuigkeiten mehr erhalten? Hier können Sie sich vom Newsletter abmelden:
https://speichenwerk.example/abmeldung`,
  de('news-20', 'Fahrradbüro der Stadt <rundbrief@fahrradbuero.example>', 'Rundbrief November', {
    kind: 'alternative',
    list: 'rundbrief.fahrradbuero.example',
    charset: 'iso-8859-1',
  })`
Liebe Leserinnen und Leser,

im November-Rundbrief lesen Sie: Die Kanalstraße wird Fahrradstraße. Zwei neue Zählstellen gehen ans Netz. Der
Winterdienst räumt in diesem Jahr 140 Kilometer Radweg zuerst.

Veranstaltung: Lichtaktion am Rathausplatz, kostenlose Prüfung und heißer Punsch.

Der Rundbrief erscheint monatlich. Zum Abbestellen genügt ein Klick auf den Link am Ende dieser Nachricht.`,
  de('news-21', 'Werkstattwissen <post@werkstattwissen.example>', 'Tipp der Woche: Bremsen, die nicht singen', {
    list: 'tipp.werkstattwissen.example',
    encoding: 'base64',
  })`
Der Tipp der Woche

Quietschen entsteht aus Schwingung, nicht aus Bosheit. In unserem neuen Artikel zeigen wir in fünf Bildern, wie man den
Sattel ausrichtet, wann Anschleifen hilft und wann nicht.

Meistgelesen im Oktober: Tretlager-Normen auf einer Seite.
Umfrage: Welche Themen wünschen Sie sich?

Newsletter weiterempfehlen oder abmelden: https://werkstattwissen.example/newsletter`,
  de('news-22', 'Tourenclub Isartal <vorstand@tourenclub-isartal.example>', 'Vereinsnachrichten: Jahresabschluss', {
    kind: 'html',
    list: 'nachrichten.tourenclub-isartal.example',
  })`
Liebe Mitglieder und Freunde,

das Tourenjahr geht zu Ende: 41 Ausfahrten, 3 Pannen, 0 Streit. Die Jahresabschlussfeier findet am zweiten
Dezembersamstag im Gasthof statt, Anmeldung über unsere Webseite.

Vorschau: Die Termine für das Frühjahr veröffentlichen wir im nächsten Newsletter. Abmelden können Sie sich jederzeit
über den Link unten.`,
  de('news-23', 'Lastenrad aktuell <redaktion@lastenrad-aktuell.example>', 'Lastenrad aktuell, Ausgabe 64', {
    list: 'ausgabe.lastenrad-aktuell.example',
  })`
Ausgabe 64, diese Woche

Markt: Absatz im dritten Quartal um 18 Prozent gestiegen, meldet der Verband.
Test: Sechs Kettenschlösser gegen einen Winkelschleifer.
Meinung: Warum der Bordstein das eigentliche Problem ist.
Termine: Früh anmelden für die Messe, der Frühbucherrabatt endet am Freitag.

Alle Beiträge online lesen. Wenn Sie diesen Newsletter nicht mehr beziehen möchten, klicken Sie auf "Abbestellen".`,
  de('news-24', 'Norrsken Licht <partner@norrsken-lights.example>', 'Partnerinfo Herbst: Bilder, Preise, Termine', {
    kind: 'alternative',
    list: 'partner-de.norrsken-lights.example',
  })`
Liebe Partner,

die neue Bilddatenbank ist online: Pressefotos der ganzen Kollektion, für Ihren Onlineshop frei verwendbar.

Auszeichnung: Unser Scheinwerfer hat den Jurypreis der Designwoche gewonnen. Die Pressemitteilung finden Sie auf unserer
Webseite.

Vormerken: Partnerabend am Vorabend der Messe. Die Einladung kommt mit dem nächsten Newsletter, den Sie jederzeit
abbestellen können.`,
  de('news-25', 'Alte Straßen Reisen <postkarte@altestrassen.example>', 'Postkarte Nr. 12 aus dem Süden', {
    kind: 'html',
    list: 'postkarte.altestrassen.example',
  })`
<html><body><div align="center"><h2>Postkarte Nr. 12</h2>
<p>Drei Pässe, eine Fähre und ein Hund, der uns elf Kilometer lang begleitet hat. Fotos und Karten stehen im Blog.</p>
<p>Die geführten Reisen der nächsten Saison sind online. Leser unseres Newsletters dürfen zuerst wählen.</p>
<p><a href="https://altestrassen.example/12">Zu den Bildern</a> &middot; <a href="https://altestrassen.example/ende">Abmelden</a></p>
</div></body></html>`,
  fr('news-26', 'Le Petit Pignon <lettre@petitpignon.example>', 'La lettre du dimanche : un cadreur dans la brume', {
    kind: 'html',
    list: 'lettre.petitpignon.example',
  })`
<html><body style="font-family:Georgia"><h1>La lettre du dimanche</h1>
<p>Au bout de la route, là où commence la brume, Yves brase un cadre par mois. Nous avons passé trois jours dans son atelier.</p>
<p><a href="https://petitpignon.example/brume">Lire l'article complet</a></p>
<p>Au sommaire également : six huiles de chaîne à l'essai, et vos plus belles photos de cols.</p>
<p><small>Vous recevez cette lettre car vous êtes abonné. <a href="https://petitpignon.example/fin">Se désabonner</a></small></p>
</body></html>`,
  fr('news-27', 'Grossiste Rayon & Cie <infolettre@rayon-cie.example>', 'Infolettre revendeurs, novembre', {
    list: 'revendeurs.rayon-cie.example',
  })`
INFOLETTRE REVENDEURS

Nouveautés : moyeux 28 trous, fonds de jante 23 mm, pieds d'atelier.

Tarifs : la nouvelle liste de prix est à télécharger dans l'espace revendeurs.

Formation : « Vendre des roues », webinaire gratuit mercredi à 19 h.

Fermeture annuelle : du 23 décembre au 6 janvier.

Pour ne plus recevoir notre infolettre, cliquez sur le lien de désinscription : https://rayon-cie.example/desinscription`,
  fr('news-28', 'Mission Vélo de la ville <actus@missionvelo.example>', 'Les actus de la Mission Vélo', {
    kind: 'alternative',
    list: 'actus.missionvelo.example',
    encoding: 'quoted-printable',
  })`
Chères lectrices, chers lecteurs,

Au programme ce mois-ci : ouverture de la quatrième vélorue le 1er décembre, 2,1 millions de passages comptés depuis
janvier, et une enquête anonyme sur le stationnement.

Agenda : opération lumière place de la mairie, contrôle gratuit et vin chaud.

Vous êtes inscrit à notre lettre mensuelle. Désinscription en un clic.`,
  fr('news-29', 'Pneus Tarn <nouvelles@tarn-tyres.example>', 'Découvrez le nouveau Tarn Nordic', {
    kind: 'html',
    list: 'nouvelles.tarn-tyres.example',
  })`
L'hiver est une affaire de pneus

240 clous en carbure, une gomme plus tendre et un flanc qui ne craint pas les cailloux : découvrez comment nous avons
testé le Nordic sur les lacs gelés.

Dans notre magazine : cinq conseils pour rouler sur la glace.

Cette lettre d'information paraît tous les deux mois. Plus intéressé ? Désabonnez-vous ici.`,
  fr('news-30', 'Chemins d’Antan <carte@cheminsdantan.example>', 'Carte postale nº 9', {
    list: 'carte.cheminsdantan.example',
  })`
Trois cols, un bac et un chien qui nous a suivis pendant onze kilomètres : les photos et les cartes sont sur le blog.

Les voyages accompagnés de la saison prochaine sont en ligne. Les abonnés à cette lettre choisissent leurs dates en
premier.

Envoyée une fois par mois. Se désabonner : https://cheminsdantan.example/stop`,
  fr('news-31', 'Le Club des Ateliers <hebdo@clubateliers.example>', 'Le résumé de la semaine : 9 nouveaux sujets', {
    list: 'hebdo.clubateliers.example',
    kind: 'alternative',
  })`
Votre résumé hebdomadaire du forum

Le plus commenté : « À combien facturez-vous un dévoilage ? » (48 réponses)
Le plus aimé : « Le client qui a apporté un gâteau »
Nouveaux sujets : horaires d'hiver, terminaux de paiement, apprentis, stockage des batteries

Lire la suite sur le forum. Vous pouvez modifier la fréquence ou vous désinscrire dans votre profil.`,
];
