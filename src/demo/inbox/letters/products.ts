import { de, en, fr, type Letter } from '../letter.ts';

/** Does this fit, how is it mounted, which one do I need? */
export const products: readonly Letter[] = [
  en('product-01', 'Amy Castellan <amy.castellan@example.com>', 'Will the Halden cassette fit my hub?')`
Hi,

I have a Kestrel rear hub with an 11-speed road freehub body and I'd like to go to 12-speed. Does the Halden 11-36 need
a different freehub, or is a 1.85 mm spacer enough? The derailleur is a medium cage and can take 34 teeth officially.

Thanks for your advice
Amy`,
  en('product-02', 'Bernard Okoye <bernard.okoye@mail.example>', 'Spoke length for 650b build', {
    kind: 'alternative',
  })`
Hello,

I'm lacing a Norrsken dynamo hub into a Fjell 650b rim, 32 holes, three-cross. Your calculator says 263 mm left and 261
mm right, a friend's spreadsheet says 265. Which ERD do you use for the Fjell, and does it include the nipple washers?

Bernard`,
  en('product-03', 'Leonie Strauss <leonie.strauss@example.com>', 'tubeless question')`
can i run the tarn 40 mm tyre tubeless on an old rim without hooks? and what max pressure? it's for a commuter, i weigh
about 85 kg with bags. which tape width for 21 mm inner width?

thx leonie`,
  en('product-04', 'Frank Ibsen <frank.ibsen@example.com>', 'Norrsken light flickers at low speed', { kind: 'html' })`
Hello technical team,

the dynamo headlight flickers when I ride slower than 10 km/h, e.g. uphill. Is that normal for this model, or did I swap
the two wires? The manual only shows a plug I don't have. The standlight works fine. Is there a firmware or a capacitor
setting?

Frank Ibsen`,
  en('product-05', 'Carmen Ruiz <carmen.ruiz@mail.example>', 'Saddle width for 13.5 cm sit bones')`
Good morning! I measured my sit bones with corrugated cardboard: 13.5 cm. I ride fairly upright, mostly 40 to 60 km
days. Would you recommend the Vireo in 145 or in 158? And is the cut-out version softer?

Carmen`,
  en('product-06', 'Duncan Reid <duncan.reid@example.com>', 'Disc rotor 160 to 180, which adapter', {
    files: ['fork-mount.jpg'],
  })`
Hi,

I want to change the front rotor from 160 to 180 mm. The fork has a flat mount (photo). Which adapter do I need, and
does the Ostra four-piston caliper clear the spokes of your Fjell wheel? Bolt length would be good to know too.

Duncan`,
  en('product-07', 'Wendy Lau <wendy.lau@mail.example>', 'Dropper post not returning')`
Hello,

my dropper post has become sluggish: it goes down fine but returns only half way unless I pull it. Is there a
user-serviceable seal or should I bleed it? The cable tension seems right and there's no dirt at the collar. Temperature
around zero when it happens.

Wendy`,
  en('product-08', 'Anton Berger <anton.berger@example.com>', 'Bottom bracket creak, which tool?', {
    encoding: 'base64',
  })`
Hi, I'd like to swap my square taper bottom bracket (68 mm BSA, axle 113). Which of your cartridges is equivalent and
which tools must I order along with it? Also: grease or thread paste on aluminium cups?

Anton`,
  en('product-09', 'Mary-Ann Gower <maryann.gower@example.com>', 'Child seat on rear rack compatible?', {
    kind: 'html',
  })`
Hello,

is the Tarn Tour rack strong enough for a child seat? It's rated at 27 kg in your specs, but the seat maker asks for a
tube diameter between 10 and 16 mm. What diameter are the rails? We have a 29 inch frame with disc brakes.

Mary-Ann Gower`,
  en('product-10', 'Ignacio Vela <ignacio.vela@mail.example>', 'Re: Which derailleur hanger?', {
    answersOurs: 'advice-2204',
    files: ['hanger-front.jpg', 'hanger-back.jpg'],
    kind: 'alternative',
  })`
Hello Marek,

here are the photos of the hanger with a ruler beside it. Two bolt holes, 19 mm apart, and a small lug at the back. To
me it looks like your number 114 or 117, but I can't see the difference between the two in the drawing.

Ignacio

> Please send us two photos of the old hanger, front and back, with a
> ruler next to it. Then we can tell you the number.`,
  en('product-11', 'Paul Everhart <paul.everhart@example.com>', 'Sealant in cold weather')`
Does your latex sealant work below freezing? I ride through the winter at minus ten. And how many millilitres for a 2.4
inch tyre? The bottle only mentions road sizes. Is it safe with CO2 cartridges?

Paul`,
  en('product-12', 'Zoe Lambrecht <zoe.lambrecht@mail.example>', 'shifting skips after new chain')`
Hiya, I put on the new 11-speed chain I got from you and now it skips under load on the two smallest cogs. The cassette
has about 6000 km. Do I need to replace that as well, or is the chain too long? I counted 116 links like the old one.

Zoe`,
  en('product-13', 'Reginald Moss <reg.moss@example.com>', 'Headset dimensions for a 1987 tourer')`
Dear Sirs,

I am restoring a steel tourer of 1987. The head tube measures 30.2 mm inside, the fork crown race seat 26.4 mm, one inch
threaded, 24 threads per inch. Which headset in your catalogue would suit, and is the stack height below 38 mm?

With kind regards
Reginald Moss`,
  en('product-14', 'Clara Nyström <clara.nystrom@example.com>', 'Waterproof panniers: do they fit thin rails?')`
Hello! Do the hooks of the Fjell panniers adjust to 8 mm rails, or do I need the reducer inserts? And is there enough
heel clearance with size 46 shoes and 430 mm chainstays? What's the volume of one bag in litres?

Clara Nyström`,
  en('product-15', 'Hector Salas <hector.salas@mail.example>', 'Torque for carbon seatpost', { kind: 'alternative' })`
What torque do you recommend for the clamp of the Kestrel carbon seatpost in an aluminium frame? 5 Nm and it slips, 6 Nm
is printed as the maximum. Should I use assembly paste? The diameter is 27.2 and it doesn't look oval.

Hector`,
  en('product-16', 'Bernard Okoye <bernard.okoye@mail.example>', 'Re: Spoke length for 650b build', {
    answers: 'product-02',
  })`
One thing I forgot: the hub flanges are 58 mm in diameter according to the drawing, but I measure 57.4. Does that change
the spoke length by a whole millimetre? And do you recommend brass or alloy nipples with this rim?

Bernard`,
  en('product-17', 'Elspeth Gray <elspeth.gray@example.com>', 'e-bike battery display code E07')`
Hi, the display of the conversion kit shows E07 when I switch on the assist. The manual stops at E06. The battery is
charged (41.2 V), the connectors look clean. What does the code mean, and can I reset the controller myself?

Elspeth`,
  de('product-18', 'Tobias Röhrig <tobias.roehrig@example.com>', 'Passt die Kassette auf meinen Freilauf?')`
Hallo,

ich habe eine Kestrel-Nabe mit 11-fach-Freilauf. Passt die Halden-Kassette 11-36 12-fach darauf, oder brauche ich einen
anderen Freilaufkörper? Und schafft ein mittellanger Käfig das 36er Ritzel?

Danke, Tobias Röhrig`,
  de('product-19', 'Monika Schäfer <monika.schaefer@mail.example>', 'Welche Sattelbreite?', { charset: 'iso-8859-1' })`
Guten Tag,

mein Sitzknochenabstand beträgt 12 cm, ich fahre eher sportlich, am Wochenende auch mal 80 km. Welche Breite empfehlen
Sie beim Modell Vireo? Ist die Variante mit Aussparung weicher gepolstert?

Monika Schäfer`,
  de('product-20', 'Achim Trautmann <achim.trautmann@example.com>', 'Nabendynamo und USB-Lader', { kind: 'html' })`
Hallo Technik-Team,

kann ich am Norrsken-Nabendynamo gleichzeitig den Scheinwerfer und einen USB-Lader betreiben? Wie viel Watt liefert er
bei 20 km/h, und welche Stecker brauche ich dafür? Der Schaltplan in der Anleitung ist leider unleserlich.

Achim Trautmann`,
  de('product-21', 'Lisa Neuhäuser <lisa.neuhaeuser@mail.example>', 'Schaltauge gesucht', {
    files: ['schaltauge.jpg'],
    kind: 'alternative',
  })`
Hi,

könnt ihr anhand des Fotos erkennen, welches Schaltauge das ist? Rahmen Baujahr 2019, Alu, zwei Schrauben M4, Abstand
ca. 19 mm. In eurer Tabelle finde ich nur die neueren Nummern.

LG Lisa`,
  de('product-22', 'Erwin Pohlmann <erwin.pohlmann@example.com>', 'Tubeless auf alter Felge')`
Sehr geehrte Damen und Herren,

lässt sich der Tarn-Reifen in 40 mm auf einer älteren Felge ohne Haken schlauchlos fahren? Welchen Druck darf ich bei 90
kg Gesamtgewicht höchstens aufpumpen, und wie breit muss das Felgenband bei 21 mm Maulweite sein?

Erwin Pohlmann`,
  de('product-23', 'Nils Petersen <nils.petersen@mail.example>', 'Re: Bremse entlüften', {
    answersOurs: 'advice-2219',
  })`
Moin Marek,

danke für die Anleitung! Der Druckpunkt ist nach dem Entlüften immer noch schwammig. Kann es sein, dass Luft im
Ausgleichsbehälter sitzt? Und nehme ich bei der Ostra nun Mineralöl oder DOT 5.1?

Nils

> Bitte den Sattel beim Entlüften so drehen, dass die Schraube oben liegt.`,
  de('product-24', 'Gudrun Hartwig <gudrun.hartwig@example.com>', 'Kindersitz auf dem Gepäckträger', {
    encoding: 'base64',
  })`
Guten Abend, trägt der Gepäckträger Tarn Tour einen Kindersitz? Angegeben sind 27 kg, der Hersteller des Sitzes verlangt
aber einen Rohrdurchmesser von 10 bis 16 mm. Wie dick sind die Streben? Passt das Ganze an ein 29-Zoll-Rad mit
Scheibenbremse? G. Hartwig`,
  de('product-25', 'Dirk Vollmer <dirk.vollmer@mail.example>', 'Kette springt')`
Neue 11-fach-Kette montiert, seitdem springt sie auf den zwei kleinsten Ritzeln. Kassette hat ca. 6000 km runter. Muss
die auch neu, oder ist die Kette zu lang? 116 Glieder, so wie die alte. Welches Verschleißmaß sollte die Lehre zeigen?

Dirk`,
  fr('product-26', 'Antoine Mercier <antoine.mercier@example.com>', 'Compatibilité cassette 12 vitesses')`
Bonjour,

J'ai un moyeu Kestrel avec un corps de roue libre 11 vitesses. La cassette Halden 11-36 se monte-t-elle dessus avec une
entretoise, ou faut-il changer le corps ? Mon dérailleur a une chape moyenne.

Antoine Mercier`,
  fr('product-27', 'Hélène Roussel <helene.roussel@mail.example>', 'Quelle largeur de selle ?', { kind: 'html' })`
Bonjour,

L'écart de mes ischions est de 13 cm et je roule en position plutôt droite. Quelle largeur me conseillez-vous pour la
selle Vireo, 145 ou 158 ? Le modèle avec évidement est-il plus souple ?

Hélène Roussel`,
  fr('product-28', 'Maxime Thibault <maxime.thibault@example.com>', 'Adaptateur pour disque de 180 mm', {
    files: ['fourche.jpg'],
    kind: 'alternative',
  })`
Bonjour, je voudrais passer d'un disque de 160 à 180 mm à l'avant. Ma fourche est en flat mount (photo jointe). Quel
adaptateur faut-il, et quelle longueur de vis ? L'étrier Ostra passe-t-il avec la roue Fjell ?

Maxime`,
  fr('product-29', 'Corinne Jacquet <corinne.jacquet@mail.example>', 'Phare dynamo qui clignote', {
    charset: 'iso-8859-1',
  })`
Bonjour,

Mon phare Norrsken clignote à basse vitesse, surtout en montée. Est-ce normal ou ai-je inversé les deux fils ? La notice
ne montre qu'un connecteur que je n'ai pas. Le feu de position fonctionne.

Corinne Jacquet`,
  fr('product-30', 'Olivier Descamps <olivier.descamps@example.com>', 'Couple de serrage tige carbone')`
Quel couple conseillez-vous pour le collier de la tige de selle carbone Kestrel dans un cadre alu ? À 5 Nm elle glisse
et 6 Nm est le maximum gravé. Faut-il de la pâte de montage ? Diamètre 27,2.

Olivier`,
  fr('product-31', 'Sofiane Belkacem <sofiane.belkacem@mail.example>', 'Re: Patte de dérailleur', {
    answersOurs: 'advice-2231',
  })`
Bonjour Marek, voici les dimensions : deux vis M4, entraxe 19 mm, épaisseur 8 mm. D'après votre schéma ce serait la
référence 114 ou 117, mais je ne vois pas la différence. Laquelle convient à un cadre de 2019 ?

Sofiane

> Pouvez-vous mesurer l'entraxe des vis de votre ancienne patte ?`,
  en('product-32', 'Vera Stokes <vera.stokes@example.com>', 'Which chain for 10-speed?')`
Hello, which chain fits a 10-speed cassette with a double crankset, and how many links do I need? My frame has 410 mm
chainstays. Is the quick link reusable?

Vera Stokes`,
  en('product-33', 'Iain Forsyth <iain.forsyth@mail.example>', 'Brake pads: which model fits?')`
Hi, I'm looking for pads that fit the two-piston Ostra caliper. Are resin or sintered ones better for wet weather, and
do I have to bed them in? The old ones have a spring with a 3 mm pin.

Iain`,
  en('product-34', 'Pia Holt <pia.holt@example.com>', 'Rear light will not charge', { kind: 'html' })`
My rear light won't charge any more: the red LED blinks twice and goes out. I've tried another cable. Is that the
battery, and can it be replaced? The model is the Norrsken Mini.

Pia Holt`,
  en('product-35', 'Alfred Munro <alfred.munro@mail.example>', 'Mudguard clearance')`
Good day, what width of mudguard do I need for 42 mm tyres, and do your Tarn guards fit a frame without eyelets at the
dropouts? How long are the stays?

Alfred Munro`,
  en('product-36', 'Kirsty Lamb <kirsty.lamb@example.com>', 'How do I adjust the front derailleur?')`
Hello, the chain rubs on the cage of the front derailleur in the smallest gear. Which screw do I turn, H or L, and what
is the right gap? Is there a manual for the model with the side pull?

Kirsty`,
  de('product-37', 'Hanno Kuhlmann <hanno.kuhlmann@example.com>', 'Welche Bremsbeläge passen?')`
Hallo, welche Beläge passen in die Ostra-Bremse mit zwei Kolben? Sind organische oder gesinterte bei Nässe besser, und
muss man sie einbremsen? Die alten haben eine Feder mit 3-mm-Stift.

Hanno Kuhlmann`,
  de('product-38', 'Evelyn Straub <evelyn.straub@mail.example>', 'Rücklicht lädt nicht mehr')`
Guten Tag, mein Rücklicht (Norrsken Mini) lädt nicht mehr, die rote LED blinkt zweimal und geht aus. Ein anderes Kabel
habe ich probiert. Liegt es am Akku, und lässt der sich tauschen?

Evelyn Straub`,
  de('product-39', 'Rainer Maurer <rainer.maurer@example.com>', 'Umwerfer einstellen', { kind: 'html' })`
Hallo, die Kette schleift im kleinsten Gang am Käfig des Umwerfers. An welcher Schraube muss ich drehen, H oder L, und
wie groß soll der Abstand sein? Gibt es eine Anleitung für das Modell mit Seitenzug?

Rainer Maurer`,
  de('product-40', 'Greta Pohl <greta.pohl@mail.example>', 'Breite der Schutzbleche')`
Hi, welche Schutzblechbreite brauche ich für 42-mm-Reifen, und passen die auch an einen Rahmen ohne Ösen? Wie lang sind
die Streben?

Greta`,
  fr('product-41', 'Vincent Hubert <vincent.hubert@example.com>', 'Quelles plaquettes de frein ?')`
Bonjour, quelles plaquettes se montent dans l'étrier Ostra à deux pistons ? Organiques ou métalliques pour rouler sous
la pluie ? Faut-il les roder ?

Vincent Hubert`,
  fr('product-42', 'Margaux Colas <margaux.colas@mail.example>', 'Le feu arrière ne charge plus')`
Bonjour, mon feu arrière Norrsken Mini ne charge plus, la diode rouge clignote deux fois puis s'éteint. J'ai essayé un
autre câble. Est-ce la batterie, et peut-on la remplacer ?

Margaux Colas`,
  fr('product-43', 'Pascal Renaud <pascal.renaud@example.com>', 'Régler le dérailleur avant', { kind: 'html' })`
Bonjour, la chaîne frotte sur la fourchette du dérailleur avant au plus petit pignon. Quelle vis faut-il tourner, H ou
L, et quel jeu laisser ? Existe-t-il une notice pour le modèle à tirage latéral ?

Pascal Renaud`,
  en('product-44', 'Lorna Tweed <lorna.tweed@example.com>', 'Which tools for a square taper bottom bracket?')`
Hi, which tools do I need to change a square taper bottom bracket, 68 mm BSA? And which axle length fits a double
crankset? Do I put grease or thread paste on the cups?

Lorna`,
  en('product-45', 'Bryn Howells <bryn.howells@mail.example>', 'New chain skips on the cassette')`
Hello, since I mounted a new 11-speed chain it skips on the smallest cogs when I pedal hard. Is the cassette worn, or is
the chain the wrong length? How do I measure the wear?

Bryn`,
];
