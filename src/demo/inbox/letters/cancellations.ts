import { de, en, fr, type Letter } from '../letter.ts';

/** Orders, subscriptions, memberships and appointments that are called off. */
export const cancellations: readonly Letter[] = [
  en('cancel-01', 'Rebecca Stone <rebecca.stone@example.com>', 'Please cancel order LH-204677')`
Hi,

please cancel my order LH-204677 from this morning. I clicked on the wrong frame size and only saw it in the
confirmation. Nothing has been paid yet since I chose bank transfer.

Thanks,
Rebecca Stone`,
  en('cancel-02', 'Ivan Petrov <ivan.petrov@mail.example>', 'cancel!!', { kind: 'html' })`
I ordered twice by accident. Cancel the second one (LH-204690) please, keep the first (LH-204689). Quickly, before it
ships!

Ivan`,
  en('cancel-03', 'Moira Dalgleish <moira.dalgleish@example.com>', 'Cancelling my Service Club membership')`
Dear Lindgren & Hale,

I would like to cancel my Service Club membership at the earliest possible date. My membership number is SC-1182. I'm
giving up cycling for health reasons, it has nothing to do with you.

Please confirm the cancellation and the date on which it ends.

With warm regards
Moira Dalgleish`,
  en('cancel-04', 'Jack Brennan <jack.brennan@mail.example>', 'Workshop appointment Thursday - cannot make it')`
Hello, I have an appointment on Thursday at 9:30 for a brake service. Something came up at work, so I have to cancel it.
I'll book a new one online when I know more. Sorry for the short notice! Jack`,
  en('cancel-05', 'Eleanor Voss <eleanor.voss@example.com>', 'Withdraw order for wall mount', {
    kind: 'alternative',
  })`
Hello,

I'd like to withdraw from order LH-204655 (wall mount and two hooks). My landlord won't allow drilling. The order still
shows as "received", so I hope it can be stopped before anybody packs it.

Eleanor Voss`,
  en('cancel-06', 'Samir Nasser <samir.nasser@mail.example>', 'End my tyre subscription', { encoding: 'base64' })`
Hi,

please terminate the tyre subscription (two Tarn tyres every six months). My new bike has another wheel size. Last
delivery was in October, so I assume the April one will no longer come. What's the notice period?

Samir Nasser`,
  en('cancel-07', 'Kerstin Ahl <kerstin.ahl@example.com>', 'Cancel the backordered item only')`
Hello,

of order LH-203990 only the chainring is still outstanding. Please cancel this one item, I found it elsewhere.
Everything else I've received and would like to keep.

Kerstin Ahl`,
  en('cancel-08', 'Trevor Hobbs <trevor.hobbs@mail.example>', 'Re: Order confirmation LH-204702', {
    answersOurs: 'confirm-204702',
  })`
Sorry folks, changed my mind. Cancel it please. If you've packed it already I'll simply refuse the parcel at the door.

Trevor

> Thank you for your order LH-204702. We will let you know as soon as it
> leaves our warehouse.`,
  en('cancel-09', 'Petra Novak <petra.novak@example.com>', 'Cancellation of pre-order', { kind: 'html' })`
Dear team,

in August I pre-ordered the Norrsken rear light. As the release has been pushed back again to spring, I'd like to cancel
the pre-order. Kindly confirm that it is off your list and that my card won't be charged when the lamp comes out.

Petra Novak`,
  en('cancel-10', 'Luke Amery <luke.amery@example.com>', 'stop order pls')`
wrong colour in the basket, can you stop 204718 before it goes out? i'll reorder in black right away`,
  en('cancel-11', 'Agnes Thorne <agnes.thorne@example.com>', 'Re: Estimated delivery date for the Halden cassette', {
    answers: 'order-04',
    answersOurs: 'status-204075',
  })`
Thank you for the honest answer. Week 51 is too late for me, so please cancel order LH-204075 altogether. I hope I'm
still in time. A short confirmation would be nice.

Agnes Thorne

> I am sorry, the supplier has moved the date to week 51.`,
  en('cancel-12', 'Dominic Shaw <dominic.shaw@mail.example>', 'Cancel my place in the wheelbuilding course')`
Hi Marek,

I signed up for the wheelbuilding course on 5 December but I have broken my wrist (not on the bike, on the stairs!).
Please take me off the list and give the place to somebody else. Is there another course in spring that I could sign up
for?

Dominic`,
  en('cancel-13', 'Valerie Crane <valerie.crane@example.com>', 'Notice of termination: bike insurance via your shop', {
    files: ['termination-letter.pdf'],
    kind: 'alternative',
  })`
To whom it may concern,

I hereby give notice to terminate the bicycle insurance no. BI-44910 that I took out through you, effective at the end
of the contract year. The signed letter is attached. Please acknowledge receipt.

Valerie Crane`,
  en('cancel-14', 'Jonathan Abel <jonathan.abel@mail.example>', 'Duplicate order')`
Hello, my wife and I have both ordered the same Christmas present for our son, without telling each other. Hers is
LH-204733, mine is LH-204729. Could you cancel mine? Please don't ring our landline, he answers it.

Jonathan`,
  en('cancel-15', 'Sheila Prior <sheila.prior@example.com>', 'Cancel part of order LH-204740')`
Please remove the bell and the lock from my order, I only want the basket. If that isn't possible after payment, then
cancel the whole order and I'll place it again.

Sheila Prior`,
  en('cancel-16', 'Gustav Engel <gustav.engel@example.com>', 'Collection instead? No, cancel', { kind: 'html' })`
Hello,

yesterday I asked whether I could collect LH-204710 in your shop. Turns out I can borrow the tool from a neighbour, so I
don't need it any more. Please cancel the order. Sorry for the back and forth.

Gustav Engel`,
  en('cancel-17', 'Rebecca Stone <rebecca.stone@example.com>', 'Re: Please cancel order LH-204677', {
    answers: 'cancel-01',
  })`
Just following up as I haven't had a confirmation yet: is LH-204677 cancelled now? My account still shows it as open,
and I'd hate to see it shipped in the wrong size.

Rebecca

> please cancel my order LH-204677 from this morning.`,
  de('cancel-18', 'Andreas Möbius <andreas.moebius@example.com>', 'Stornierung der Bestellung LH-204681')`
Guten Tag,

bitte stornieren Sie meine Bestellung LH-204681. Ich habe versehentlich die falsche Rahmengröße ausgewählt. Bezahlt ist
noch nichts, da ich Vorkasse gewählt hatte.

Mit freundlichen Grüßen
Andreas Möbius`,
  de('cancel-19', 'Birgit Langenfeld <birgit.langenfeld@mail.example>', 'Kündigung Service-Club', {
    files: ['Kündigung.pdf'],
  })`
Sehr geehrte Damen und Herren,

hiermit kündige ich meine Mitgliedschaft im Service-Club (Nr. SC-0937) fristgerecht zum nächstmöglichen Zeitpunkt. Das
unterschriebene Schreiben finden Sie im Anhang. Bitte bestätigen Sie mir die Kündigung schriftlich.

Birgit Langenfeld`,
  de('cancel-20', 'Jens Büttner <jens.buettner@example.com>', 'Termin absagen', { charset: 'iso-8859-1' })`
Hallo,

ich muss meinen Werkstatttermin am Freitag um 8 Uhr leider absagen, die Kinder sind krank. Ich melde mich für einen
neuen Termin, sobald alle wieder fit sind.

Gruß, Jens Büttner`,
  de('cancel-21', 'Meike Rademacher <meike.rademacher@mail.example>', 'aus Versehen zweimal bestellt', {
    kind: 'html',
  })`
Hallo ihr Lieben,

ich hab aus Versehen doppelt bestellt. Könnt ihr bitte die zweite Bestellung (LH-204699) stornieren und nur die erste
liefern? Danke!!

Meike`,
  de('cancel-22', 'Harald Zimmermann <h.zimmermann@example.com>', 'Vorbestellung Rücklicht stornieren')`
Guten Tag,

da sich der Liefertermin des Rücklichts nun zum dritten Mal verschiebt, möchte ich meine Vorbestellung LH-202044
stornieren. Bitte bestätigen Sie, dass nichts mehr abgebucht wird.

Harald Zimmermann`,
  de('cancel-23', 'Theresa Huber <theresa.huber@mail.example>', 'Re: Auftragsbestätigung LH-204725', {
    answersOurs: 'confirm-204725',
  })`
Hallo,

bitte den Auftrag stornieren, ich habe gerade gesehen, dass mein Mann dasselbe schon bestellt hat. Falls das Paket
bereits gepackt ist, verweigere ich einfach die Annahme.

Theresa Huber

> vielen Dank für Ihren Auftrag LH-204725.`,
  de('cancel-24', 'Lorenz Kappel <lorenz.kappel@example.com>', 'Reifen-Abo kündigen', { encoding: 'base64' })`
Hi, ich möchte das Reifen-Abo zum Jahresende kündigen, neues Rad, andere Größe. Gibt es eine Kündigungsfrist? Bitte
schickt mir eine kurze Bestätigung. Lorenz`,
  de('cancel-25', 'Ingeborg Stahl <ingeborg.stahl@example.com>', 'Nur die Klingel stornieren', { kind: 'alternative' })`
Guten Abend,

aus der Bestellung LH-204744 bitte ich die Klingel und das Schloss zu streichen, den Korb möchte ich behalten. Wenn das
nicht einzeln geht, dann stornieren Sie alles, und ich bestelle neu.

Ingeborg Stahl`,
  fr('cancel-26', 'Pauline Guérin <pauline.guerin@example.com>', 'Annulation de la commande LH-204685')`
Bonjour,

Merci d'annuler ma commande LH-204685 passée ce matin, je me suis trompée de taille. Je n'ai encore rien payé puisque
j'avais choisi le virement.

Pauline Guérin`,
  fr('cancel-27', 'Laurent Besnard <laurent.besnard@mail.example>', 'Résiliation abonnement pneus', { kind: 'html' })`
Bonjour,

Je souhaite résilier mon abonnement pneus (deux pneus tous les six mois) à la prochaine échéance : j'ai changé de vélo.
Merci de me confirmer la résiliation et la date de fin.

Laurent Besnard`,
  fr('cancel-28', 'Céline Maréchal <celine.marechal@example.com>', 'Rendez-vous atelier à annuler', {
    encoding: 'quoted-printable',
  })`
Bonjour, je dois annuler mon rendez-vous de jeudi 9 h pour la révision des freins, j'ai un empêchement au travail. Je
reprendrai rendez-vous en ligne. Désolée pour le délai ! Céline`,
  fr('cancel-29', 'Didier Fournier <didier.fournier@mail.example>', 'Commande en double', { kind: 'alternative' })`
Bonjour,

J'ai validé deux fois la même commande par erreur. Pouvez-vous annuler la seconde (LH-204693) et ne garder que la
première ? Si elle est déjà emballée, je refuserai le colis.

Didier Fournier`,
  fr('cancel-30', 'Manon Lefèvre <manon.lefevre@example.com>', 'Résilier le Club Service', {
    files: ['lettre-de-resiliation.pdf'],
  })`
Madame, Monsieur,

Par la présente, je résilie mon adhésion au Club Service (n° SC-1204) à compter de la prochaine échéance. Vous trouverez
ma lettre signée en pièce jointe. Merci d'en accuser réception.

Manon Lefèvre`,
  fr('cancel-31', 'Thierry Gauthier <thierry.gauthier@mail.example>', 'Re: Confirmation de commande LH-204731', {
    answersOurs: 'confirm-204731',
  })`
Bonjour, finalement j'ai trouvé la pièce près de chez moi. Annulez la commande s'il vous plaît, si possible avant
l'expédition. Merci.

> Merci pour votre commande LH-204731.`,
  en('cancel-32', 'Norman Field <norman.field@example.com>', 'Cancellation of order LH-204750')`
Dear team, I'd like to cancel order LH-204750, placed an hour ago. I ordered the wrong model by mistake. Please confirm
the cancellation by email.

Norman Field`,
  en('cancel-33', 'Gloria Benson <gloria.benson@mail.example>', 'Please cancel my subscription')`
Hello, I want to cancel my monthly care-kit subscription with effect from December. I don't ride enough to use it all
up. Please confirm in writing that it's terminated.

Gloria Benson`,
  en('cancel-34', 'Hamish Orr <hamish.orr@example.com>', 'cancel my appointment', { kind: 'html' })`
Hi, I have to cancel my workshop appointment next Monday at 4 pm, I'm ill. No need for a new date at the moment. Sorry!

Hamish`,
  en('cancel-35', 'Lydia Frost <lydia.frost@mail.example>', 'Cancel order, found a mistake')`
Please cancel LH-204761. I've put the wrong size in the basket twice now... I will place a new order afterwards. If it
can't be cancelled any more, let me know.

Lydia Frost`,
  en('cancel-36', 'Ove Karlsen <ove.karlsen@example.com>', 'Termination of maintenance contract')`
Dear Sir or Madam,

I hereby terminate the maintenance contract for our three hire bikes (contract M-208) at the end of the current term.
Please send me a written confirmation of the cancellation.

Ove Karlsen`,
  en('cancel-37', 'Trudy Vance <trudy.vance@mail.example>', 'I no longer need the order')`
I no longer need the things I ordered yesterday (LH-204768), my bike was stolen. Please cancel everything. Thank you for
your understanding.

Trudy`,
  de('cancel-38', 'Ulf Petermann <ulf.petermann@example.com>', 'Bitte Bestellung stornieren')`
Hallo, bitte stornieren Sie die Bestellung LH-204753 von vorhin, ich habe das falsche Modell erwischt. Bitte bestätigen
Sie mir die Stornierung kurz per Mail.

Ulf Petermann`,
  de('cancel-39', 'Nadine Wirtz <nadine.wirtz@mail.example>', 'Kündigung Pflegeset-Abo')`
Guten Tag,

hiermit kündige ich mein Abo für das Pflegeset zum nächstmöglichen Termin. Bitte bestätigen Sie mir die Kündigung
schriftlich.

Nadine Wirtz`,
  de('cancel-40', 'Eberhard Lang <eberhard.lang@example.com>', 'Werkstatttermin absagen', { kind: 'html' })`
Guten Morgen, ich muss den Termin am Montag um 16 Uhr leider absagen, ich bin krank. Einen neuen Termin brauche ich
vorerst nicht.

Eberhard Lang`,
  de('cancel-41', 'Silke Reimann <silke.reimann@mail.example>', 'Storno LH-204764')`
Hallo, falsche Größe bestellt, bitte stornieren: LH-204764. Ich bestelle danach neu. Falls eine Stornierung nicht mehr
möglich ist, gebt bitte Bescheid.

Silke`,
  de('cancel-42', 'Joachim Fels <joachim.fels@example.com>', 'Wartungsvertrag kündigen')`
Sehr geehrte Damen und Herren, hiermit kündige ich den Wartungsvertrag M-211 für unsere drei Leihräder fristgerecht zum
Ende der Laufzeit. Bitte senden Sie mir eine Bestätigung.

Joachim Fels`,
  fr('cancel-43', 'Benoît Carlier <benoit.carlier@example.com>', 'Merci d’annuler ma commande')`
Bonjour, je voudrais annuler la commande LH-204756 passée tout à l'heure : je me suis trompé de modèle. Merci de me
confirmer l'annulation par e-mail.

Benoît Carlier`,
  fr('cancel-44', 'Sonia Rahmani <sonia.rahmani@mail.example>', 'Résiliation de mon abonnement')`
Bonjour,

Je souhaite résilier mon abonnement au kit d'entretien à partir de décembre. Merci de me confirmer la résiliation par
écrit.

Sonia Rahmani`,
  fr('cancel-45', 'Gérard Pons <gerard.pons@example.com>', 'Annuler le rendez-vous de lundi', { kind: 'html' })`
Bonjour, je suis malade et je dois annuler mon rendez-vous à l'atelier lundi à 16 h. Pas besoin d'une nouvelle date pour
l'instant.

Gérard Pons`,
  fr('cancel-46', 'Elsa Vidal <elsa.vidal@mail.example>', 'annulation commande LH-204767')`
Bonjour, mauvaise taille, je voudrais annuler la commande LH-204767 s'il vous plaît. J'en passerai une autre ensuite. Si
l'annulation n'est plus possible, prévenez-moi.

Elsa`,
  en('cancel-47', 'Quentin Wells <quentin.wells@example.com>', 'Delivery too late: please cancel')`
Hello, since the delivery date has slipped to January I would like to cancel the order (LH-204520). Please confirm the
cancellation, and that nothing will be shipped any more.

Quentin Wells`,
  en('cancel-48', 'Myrtle Haynes <myrtle.haynes@example.com>', 'Week 50 is too late, please cancel')`
Thank you for letting me know about the delay. That's too late for me, so I want to cancel the order altogether
(LH-204085). A short confirmation of the cancellation is enough.

Myrtle Haynes`,
  de('cancel-49', 'Gesine Albers <gesine.albers@mail.example>', 'Absage meines Termins')`
Guten Tag, leider muss ich meinen Termin in der Werkstatt am Mittwoch absagen, weil meine Kinder krank sind. Ich melde
mich, sobald ich einen neuen Termin machen kann.

Gesine Albers`,
  fr('cancel-50', 'Corentin Maury <corentin.maury@example.com>', 'Annuler la deuxième commande')`
Bonjour, j'ai commandé deux fois la même chose par erreur. Merci d'annuler la deuxième commande (LH-204759), et de
garder seulement la première.

Corentin Maury`,
];
