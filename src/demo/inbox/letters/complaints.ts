import { de, en, fr, type Letter } from '../letter.ts';

/** Customers who are disappointed or angry, and want somebody to listen. */
export const complaints: readonly Letter[] = [
  en('complaint-01', 'Patrick Dunmore <patrick.dunmore@example.com>', 'Very disappointed with your service')`
To whoever is in charge,

I have been a customer for six years and have never been treated as I was on Friday. I called about a bent axle, waited
35 minutes, and your colleague told me I "probably can't ride straight". Then he hung up. That is not how one speaks to
people. I expect an apology and a call back from a manager, otherwise you have seen the last of me.

Patrick Dunmore`,
  en('complaint-02', 'Yvonne Achterberg <yvonne@achterberg.example>', 'Third scratched rim in a row', {
    files: ['rim1.jpg', 'rim2.jpg'],
    kind: 'alternative',
  })`
Hello,

This is getting ridiculous. The first rim arrived scratched. The replacement arrived scratched. The replacement for the
replacement arrived this morning, wrapped in a single layer of brown paper, with a gouge down to the bare metal
(photos).

Does anybody look at what goes into the boxes? I am fed up with unpacking damaged goods and writing to you about it.
This is shoddy, and it's a pity, because the rims themselves are great.

Yvonne Achterberg`,
  en('complaint-03', 'Robert Eze <robert.eze@mail.example>', 'Complaint about your workshop')`
Dear Lindgren & Hale,

I left my touring bike in your workshop for a new headset. It came back with: the headset still creaking, a chip in the
paint at the head tube that was not there before, and my bottle cage gone. When I pointed it out I was told "that must
have been like that". It was not.

I am honestly shocked at how carelessly the bike was handled and how I was brushed off. Please treat this as a formal
complaint.

Robert Eze`,
  en('complaint-04', 'Ingrid Solheim <ingrid.solheim@example.com>', 'Nobody answers!!', { kind: 'html' })`
FOUR emails. Two voicemails. One contact form. Not a single reply in three weeks, except the robot that thanks me for my
patience. I have none left! Is there a human being at your company?

It is unacceptable to leave people hanging like this. Ingrid Solheim`,
  en('complaint-05', 'Marcus Tilley <m.tilley@example.com>', 'Courier left my parcel in the rain')`
Hi,

your courier threw a 300 euro wheel over my garden gate into a flower bed, in pouring rain, without ringing. The carton
was soaked to pulp and one spoke is bent. I was at home the whole day!

I know it's not you who drives the van, but you picked this company, and it isn't the first time. Please find a carrier
that treats parcels with a minimum of care. I'm really annoyed.

Marcus`,
  en('complaint-06', 'Deborah Finch <deb.finch@mail.example>', 'Misleading product description')`
Good evening,

your page calls the Ostra rain jacket "fully waterproof". I was drenched after twenty minutes of drizzle. When I wrote
to you I was told that "waterproof is relative". It is not relative, it is water, and it was inside.

Advertising like this is dishonest and I will say so in my review. I would have expected better from a shop that prints
"by riders, for riders" on its boxes.

Deborah Finch`,
  en('complaint-07', 'Graham Petty <graham.petty@example.com>', 'Unhappy, and the refund is not the point', {
    encoding: 'base64',
  })`
Dear team,

yes, I got my refund for the broken derailleur, and it was quick. What bothers me is how I got there: five emails, a
different person each time, everybody asking for the same photos again, and one of your agents implying that I had
damaged the part on purpose. I felt treated like a cheat.

I don't want anything from you. I want you to know that this was an awful experience, and to talk with your staff about
it.

Graham Petty`,
  en('complaint-08', 'Lucia Ferrante <lucia.ferrante@mail.example>', 'your cheap brake pads')`
These pads are an embarrassment. They squeal like a pig, they wore down to the metal in 400 km and took the rotor with
them. I'm a mother who carries two kids on that bike. How can you sell such rubbish with a good conscience? I am
furious.

L. Ferrante`,
  en('complaint-09', 'Benjamin Adler <ben.adler@example.com>', 'Re: Your feedback matters to us', {
    answersOurs: 'survey-3307',
  })`
You asked for feedback, so here goes, and sorry if it's blunt.

Website: slow and the filters reset all the time. Packaging: half a cubic metre of plastic cushions for a valve core.
Support chat: useless, it recommended me a bicycle bell when I asked about spoke lengths. Prices: fine. Would I
recommend you? After this year: no. It has gone downhill since the move to the new warehouse and that makes me sad.

Ben

> How satisfied were you with your last purchase at Lindgren & Hale?`,
  en('complaint-10', 'Fiona Galbraith <fiona.galbraith@example.com>', 'Used part sold as new', {
    files: ['crank-scratches.jpg'],
    kind: 'html',
  })`
Hello,

the crankset you sold me as new has clearly been mounted before: grease in the threads, pedal marks on both arms, a hair
in the bag. I am disgusted. Selling someone else's returned part at full price is a disgrace, and I would like an
explanation of how this could get through your quality control.

Fiona Galbraith`,
  en('complaint-11', 'Neil Osgood <neil@osgood.example>', 'Broken promises')`
On Monday your colleague promised a call "within the hour". On Tuesday another one promised it "by noon". On Wednesday a
third said there was no note of any of this. Today is Friday.

I am not a difficult person but I don't like being lied to. Who is your superior, and where do I send a complaint on
paper?

N. Osgood`,
  en('complaint-12', 'Tamsin Blake <tamsin.blake@mail.example>', 'Rude reply from your support agent', {
    answersOurs: 'case-7726',
  })`
Did you read your own message before you sent it? "As any experienced cyclist would know" is no way to answer a
beginner's question. I felt belittled, and I nearly gave up on the whole thing. Please be kinder to people who are just
starting out.

Tamsin

> As any experienced cyclist would know, the lockring has a left-hand thread.
> Please consult the manual before contacting support.`,
  en('complaint-13', 'Ahmed Sayegh <a.sayegh@example.com>', 'This can not be serious')`
So after waiting for the "express" delivery for nine days, what do I get? A box with a broken mudguard, somebody else's
invoice and no screws. And when I complain, I am offered a discount of 5% on my NEXT order. There will be no next order.
What a joke.

A. Sayegh`,
  en('complaint-14', 'Charlotte Ives <charlotte.ives@example.com>', 'Concern about safety: stem bolt snapped', {
    kind: 'alternative',
  })`
Dear Sir or Madam,

the faceplate bolt of the stem you sold and fitted for me snapped while I was descending. By sheer luck I ended up in a
hedge and not under a car. A mechanic in my town says it was over-tightened by a wide margin.

I am very upset. I take this matter extremely seriously and expect the same of you: an investigation, an answer from the
head of your workshop, and an assurance that torque wrenches are used there. I reserve further steps.

Charlotte Ives`,
  en('complaint-15', 'Rolf Haugen <rolf.haugen@mail.example>', 'complaint - paint, packaging, attitude')`
1. The frame arrived with a dent because the box had no padding at the dropouts.
2. The colour is not the one in the picture, not even remotely.
3. The lady on the phone laughed when I said so.

I've run a shop myself for twenty years and would have been ashamed of any one of these three.

Rolf Haugen`,
  en('complaint-16', 'Robert Eze <robert.eze@mail.example>', 'Re: Complaint about your workshop', {
    answers: 'complaint-03',
    answersOurs: 'case-7790',
  })`
Ten days later and all I receive is a text block that you "regret any inconvenience". That isn't an answer, that's an
insult. Nobody has said a word about the chipped paint or about my missing bottle cage. If I don't hear from a real
person by Wednesday, I'll take this to the consumer arbitration board.

Robert Eze

> Dear Mr Eze, we regret any inconvenience you may have experienced.`,
  en('complaint-17', 'Harriet Bloom <harriet.bloom@example.com>', 'I expected more from you')`
Hello Ines,

I'm writing to you since you were so helpful in spring. This time everything went wrong: the wrong gear cable, then the
right cable but opened and kinked, and a colleague of yours who insisted that it was me who had bent it. I'm not even
angry, mostly let down. You used to be the one shop I told all my friends about.

Harriet`,
  de('complaint-18', 'Gerhard Pfeiffer <gerhard.pfeiffer@example.com>', 'Beschwerde über Ihren Kundendienst')`
Sehr geehrte Damen und Herren,

was ich gestern an Ihrem Telefon erlebt habe, ist eine Unverschämtheit. Dreimal wurde ich weiterverbunden, dreimal
musste ich alles von vorn erzählen, und am Ende hat man einfach aufgelegt. So geht man mit langjährigen Kunden nicht um!

Ich erwarte eine Entschuldigung und eine Stellungnahme Ihrer Geschäftsleitung.

Gerhard Pfeiffer`,
  de('complaint-19', 'Nele Grünwald <nele.gruenwald@mail.example>', 'Enttäuscht', { charset: 'iso-8859-1' })`
Hallo zusammen,

ich bin ehrlich gesagt ziemlich enttäuscht. Der Gepäckträger kam verkratzt an, eine Strebe war verbogen und es fehlten
die Schrauben. Das wirkt, als hätte schon jemand anderes damit herumgebastelt. Auf meine Mail von letzter Woche hat auch
niemand reagiert. Schade, früher war das bei euch anders.

Nele Grünwald`,
  de('complaint-20', 'Dr. Volker Hänsel <v.haensel@example.com>', 'Reklamation: mangelhafte Werkstattarbeit', {
    kind: 'html',
  })`
Guten Tag,

nach der "großen Inspektion" für 140 Euro schleift die Bremse, die Schaltung springt und der Lack am Unterrohr hat eine
Macke. Auf meinen Einwand hieß es, ich solle mich "nicht so anstellen". Eine derart schlampige Arbeit und einen solchen
Ton habe ich noch nirgends erlebt. Ich bin fassungslos.

Dr. V. Hänsel`,
  de('complaint-21', 'Cem Aydın <cem.aydin@mail.example>', 'NIE WIEDER', { encoding: 'base64' })`
Wochenlang vertröstet, am Telefon angelogen, dann das falsche Teil und jetzt will keiner schuld sein. Ihr seid der
schlechteste Laden, bei dem ich je etwas gekauft habe. Eine Frechheit. Meine Bewertung könnt ihr euch denken.`,
  de('complaint-22', 'Christiane Vogt <christiane.vogt@example.com>', 'Paket im Regen abgestellt', {
    files: ['karton-durchweicht.jpg'],
    kind: 'alternative',
  })`
Sehr geehrtes Team,

Ihr Zusteller hat das Laufrad ohne zu klingeln im strömenden Regen vor das Gartentor gestellt. Der Karton war völlig
durchweicht (Foto anbei). Das ist nun schon das zweite Mal, und ich ärgere mich sehr. Warum arbeiten Sie weiterhin mit
einem Paketdienst, der so mit der Ware umgeht?

Mit verärgerten Grüßen
Christiane Vogt`,
  de('complaint-23', 'Uwe Lindner <uwe.lindner@example.com>', 'Re: Ihre Anfrage, Vorgang 7811', {
    answersOurs: 'case-7811',
  })`
Ihre Antwort ist ein schlechter Witz. Ich beschwere mich über eine Lampe, die nach zwei Fahrten im Regen abgesoffen ist,
und Sie schicken mir einen Textbaustein, in dem Sie mir für mein Lob danken. Liest bei Ihnen überhaupt jemand, was die
Kunden schreiben? Ich bin stinksauer.

Lindner

> vielen Dank für Ihr Lob, wir geben es gern an das Team weiter!`,
  de('complaint-24', 'Rosemarie Achleitner <r.achleitner@mail.example>', 'Unfreundliches Personal im Laden')`
Grüß Gott,

am Samstag wollte ich in Ihrem Ladengeschäft einen Helm für meine Enkelin anprobieren. Der junge Mann an der Kassa hat
die Augen verdreht, mit dem Handy weitergetippt und gemeint, wir sollen "im Internet schauen". Das Kind hat geweint. Ich
finde dieses Benehmen beschämend und möchte, dass Sie mit ihm darüber reden.

Rosemarie Achleitner`,
  de('complaint-25', 'Matthias Kröger <matthias.kroeger@example.com>', 'Beschwerde: gebrauchte Ware als neu verkauft')`
Die als Neuware verkaufte Kassette war eindeutig schon montiert, Fettreste und Kratzer inklusive. Das ist Täuschung der
Kundschaft. Dass mir Ihre Hotline auch noch unterstellt, ich hätte das Teil selbst benutzt, setzt dem Ganzen die Krone
auf. Ich verlange eine Erklärung.

M. Kröger`,
  fr('complaint-26', 'Sandrine Morel <sandrine.morel@example.com>', 'Réclamation : service client déplorable')`
Bonjour,

Je vous écris pour me plaindre de l'accueil que j'ai reçu au téléphone hier. Après quarante minutes d'attente, votre
conseiller m'a coupé la parole, a ricané et a raccroché. C'est inadmissible. J'attends des excuses et une réponse d'un
responsable.

Sandrine Morel`,
  fr('complaint-27', 'Jérôme Delattre <j.delattre@mail.example>', 'Franchement déçu', { charset: 'iso-8859-1' })`
Bonjour à tous,

Client depuis longtemps, je suis vraiment déçu. Les sacoches sont arrivées déchirées, l'emballage était ridicule, et
quand j'ai signalé le problème on m'a répondu que « cela arrive ». Un tel manque de considération me met en colère.

Jérôme Delattre`,
  fr('complaint-28', 'Océane Rivière <oceane.riviere@example.com>', 'Personne ne répond', { kind: 'html' })`
Cinq messages, aucune réponse. Trois semaines que j'attends un simple signe de vie ! C'est un scandale de laisser vos
clients sans nouvelles. Est-ce qu'il y a quelqu'un dans cette entreprise ? Je suis très en colère et je le ferai savoir
autour de moi.`,
  fr('complaint-29', 'Philippe Aubry <philippe@aubry.example>', 'Travail bâclé à l’atelier', {
    files: ['cadre-raye.jpg'],
    kind: 'alternative',
  })`
Madame, Monsieur,

J'ai récupéré mon vélo samedi après la révision : cadre rayé, guidon de travers, freins mal réglés. J'ai failli tomber
dès le premier carrefour. Votre mécanicien prétend que la rayure était déjà là, ce qui est faux. Je dénonce un travail
bâclé et dangereux et j'exige des explications.

Philippe Aubry`,
  fr('complaint-30', 'Mathilde Caron <mathilde.caron@mail.example>', 'Re: Votre avis nous intéresse', {
    answersOurs: 'survey-3341',
  })`
Puisque vous demandez mon avis : site lent, conseils faux, vendeur hautain et un colis jeté par-dessus le portail par le
livreur. Je suis très mécontente et je ne vous recommanderai plus à personne. C'est dommage, vous étiez bien avant.

> Comment évaluez-vous votre dernière expérience chez Lindgren & Hale ?`,
  fr('complaint-31', 'Gilles Bonnard <gilles.bonnard@example.com>', 'Plainte, publicité mensongère')`
Votre veste « 100 % imperméable » a pris l'eau au bout d'un quart d'heure. On me dit que c'est « relatif ». C'est se
moquer du monde ! Je trouve cette publicité honteuse et je compte saisir une association de consommateurs si vous
persistez.

Gilles Bonnard`,
  en('complaint-32', 'Vince Archer <vince.archer@example.com>', 'Complaint: appalling customer service')`
I've rarely dealt with such an unhelpful bunch. Your agent interrupted me, sighed audibly and told me to "read the
website". Appalling. I want an apology, and I want to know whether that is how you train your people.

Vince Archer`,
  en('complaint-33', 'Josephine Tate <josephine.tate@mail.example>', 'So disappointed')`
Hello,

I had been looking forward to my new wheels for months. They arrived scratched, badly packed and with two loose spokes.
Nobody apologised, I was merely told to "bring them in". I'm bitterly disappointed with the quality and with the
attitude.

Josephine Tate`,
  en('complaint-34', 'Kurt Lindemann <kurt.lindemann@example.com>', 'Terrible experience in your shop', {
    kind: 'html',
  })`
Last Saturday I waited 50 minutes at the counter while three of your staff chatted about football. When I finally
complained, one of them rolled his eyes. I've never felt so unwelcome as a customer. Terrible.

Kurt Lindemann`,
  en('complaint-35', 'Maureen Foley <maureen.foley@mail.example>', 'Your driver was rude to my mother')`
My mother is 79. Your delivery driver shouted at her because she took too long to get to the door, then dropped the box
on her foot. This is outrageous. I'm making an official complaint and expect you to take it up with the courier company.

Maureen Foley`,
  en('complaint-36', 'Desmond Hale-Whyte <desmond.hw@example.com>', 'Poor quality, poor service')`
The third pair of your own-brand gloves has split at the seams within weeks. It's poor quality, plain and simple, and
your support fobs me off every time with the same canned apology. I'm fed up with it. Please pass this on to whoever is
responsible.

D. Hale-Whyte`,
  en('complaint-37', 'Astrid Falk <astrid.falk@mail.example>', 'Formal complaint about the way I was treated')`
To the management,

this is a formal complaint. Your mechanic called my bike "a heap of scrap" in front of other customers and refused to
look at it. I was humiliated. I expect a written statement from you.

Astrid Falk`,
  de('complaint-38', 'Ines Wachholz <ines.wachholz@example.com>', 'Sehr unzufrieden mit Ihrem Service')`
Guten Tag,

ich bin sehr unzufrieden. Ihr Mitarbeiter am Telefon war unfreundlich, hat mich ausgelacht und dann einfach aufgelegt.
So etwas ist mir noch nie passiert. Ich erwarte eine Entschuldigung.

Ines Wachholz`,
  de('complaint-39', 'Ottmar Riedel <ottmar.riedel@mail.example>', 'Beschwerde über den Zusteller')`
Sehr geehrte Damen und Herren,

Ihr Zusteller hat meine Mutter angeschrien, weil sie nicht schnell genug an der Tür war. Eine Unverschämtheit! Ich
möchte mich hiermit offiziell beschweren und bitte um eine Stellungnahme.

Ottmar Riedel`,
  de('complaint-40', 'Svenja Harms <svenja.harms@example.com>', 'schlechte Qualität, schlechter Service', {
    kind: 'html',
  })`
Die dritten Handschuhe Ihrer Eigenmarke sind nach wenigen Wochen an der Naht gerissen. Schlechte Qualität, und auf meine
Beschwerden kommt jedes Mal dieselbe Floskel. Ich bin enttäuscht und verärgert und werde Sie niemandem mehr empfehlen.

Svenja Harms`,
  de('complaint-41', 'Bertram Noll <bertram.noll@mail.example>', 'Unmögliches Verhalten in der Werkstatt')`
Ihr Mechaniker hat mein Rad vor anderen Kunden als "Schrotthaufen" bezeichnet und sich geweigert, es anzusehen. Das war
demütigend. Ein solches Verhalten gegenüber Kunden ist unmöglich, ich bin richtig sauer.

Bertram Noll`,
  fr('complaint-42', 'Ghislaine Perrot <ghislaine.perrot@example.com>', 'Très mécontente de votre service')`
Bonjour,

Je suis très mécontente. Votre conseiller a été désagréable, il s'est moqué de moi et m'a raccroché au nez. C'est
inadmissible et j'attends des excuses.

Ghislaine Perrot`,
  fr('complaint-43', 'Raphaël Simonet <raphael.simonet@mail.example>', 'Plainte contre votre livreur')`
Madame, Monsieur,

Votre livreur a crié sur ma mère parce qu'elle n'arrivait pas assez vite à la porte, puis il a jeté le carton à ses
pieds. C'est scandaleux. Je porte réclamation et j'exige une réponse de votre direction.

Raphaël Simonet`,
  fr('complaint-44', 'Nathalie Weber <nathalie.weber@example.com>', 'Déçue par la qualité et par l’accueil', {
    kind: 'html',
  })`
Les gants de votre marque se sont déchirés au bout de quelques semaines, pour la troisième fois. Mauvaise qualité, et
chaque fois la même réponse toute faite. Je suis déçue et fâchée, je ne vous recommanderai plus.`,
  fr('complaint-45', 'Lucien Grosjean <lucien.grosjean@mail.example>', 'Comportement inacceptable à l’atelier')`
Votre mécanicien a traité mon vélo de « tas de ferraille » devant les autres clients et a refusé de le regarder. Quel
mépris ! Je me suis senti humilié et je suis très en colère contre votre maison.

Lucien Grosjean`,
  en('complaint-46', 'Bridget Salter <bridget.salter@example.com>', 'Disgraceful')`
The way your team handles complaints is disgraceful. First nobody answers, then I'm blamed for everything. I have never
been so angry with a shop. Shame on you.

Bridget Salter`,
  en('complaint-47', 'Edwin Crosby <edwin.crosby@mail.example>', 'A complaint about your packaging and your courier')`
Dear all, once again the box was crushed, the contents scratched and the courier rude. I've complained about this before
and nothing has changed. It's unacceptable, and I'm losing my patience with you.

Edwin Crosby`,
  en('complaint-48', 'Howard Sykes <howard.sykes@example.com>', 'Rubbish quality, and nobody cares')`
Your brake blocks are rubbish, the mudguard rattles like a tin can, and when I complained your support shrugged it off.
How can you sell this rubbish and still sleep? I am really angry, and so is my wife.

Howard Sykes`,
  de('complaint-49', 'Hella Marquardt <hella.marquardt@example.com>', 'Frechheit')`
Auf meine Beschwerde über die abgesoffene Lampe bekomme ich einen Textbaustein, der mit meinem Anliegen nichts zu tun
hat. Das ist eine Frechheit. Ich bin maßlos enttäuscht von Ihrem Kundendienst und erwarte endlich eine ernsthafte
Antwort.

Hella Marquardt`,
];
