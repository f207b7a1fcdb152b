import { de, en, fr, type Letter } from '../letter.ts';

/** Customers who want their money back. */
export const refunds: readonly Letter[] = [
  en('refund-01', 'Tom Ashby <tom.ashby@example.com>', 'Refund for returned wheelset, order LH-204117')`
Hi there,

I sent the Fjell gravel wheelset back to you on the 3rd (tracking says it was signed for by "Marek" two days later) but
nothing has reached my account so far. Could you refund the 389 euros to the card I paid with? It's the one ending 4402.

I have no complaints about the wheels, they simply didn't clear my chainstays.

Cheers,
Tom`,
  en('refund-02', 'Priya Raman <p.raman@mail.example>', 'Money back please', { kind: 'html' })`
Hello,

I'd like my money back for the saddle I bought from you in September. I gave it four weeks as your comfort guarantee
suggests and I'm afraid my sit bones and the Vireo will never be friends. The page says 60 days, no questions asked,
full reimbursement including postage.

Box is packed, I only need the return label.

Thank you,
Priya Raman`,
  en('refund-03', 'Gareth Lowe <gareth@lowe-family.example>', 'Charged twice for LH-203988', {
    kind: 'alternative',
  })`
Good morning,

My bank statement shows two payments of 64.90 to Lindgren & Hale on the same day, one minute apart. The shop froze when
I pressed Pay, so I pressed again. Only one order exists in my account and only one chain arrived.

Please return one of the two payments. I can send you the statement if that helps.

Regards
Gareth Lowe`,
  en('refund-04', 'Siobhan Keane <siobhan.keane@example.com>', 'Re: Your return has arrived', {
    answersOurs: 'return-8814',
  })`
Great, thanks for confirming. Can you tell me how long the refund takes to show up? I paid by PayPal, not by card, and
the last time a shop refunded me it went to a card that had been cancelled years ago. I'd rather not do that dance
again.

Siobhan

> Hello Siobhan,
> your parcel with the two Tarn tyres has reached our warehouse today. Once
> it has been inspected we will start the reimbursement.
> Johanna, Lindgren & Hale`,
  en('refund-05', 'Dmitri Volkonsky <d.volkonsky@mail.example>', 'returning bottom bracket - wrong standard')`
Hi,

bought a PF30 bottom bracket, have a BB86 frame, entirely my own stupidity. It is unopened, still sealed. What do I do
to return it and get refunded? Do I pay the return postage or do you?

Order LH-204460, 42.50 EUR.

D.`,
  en('refund-06', 'Hannah Whitlock <hannah.whitlock@example.com>', 'Partial refund for missing pedal', {
    files: ['opened-box.jpg'],
    kind: 'alternative',
  })`
Dear team,

The box of pedals contained the left one only. I know, it sounds like a joke. Photo attached: the seal was intact, so it
must have left the factory like this.

As I needed pedals for a tour last weekend I bought a pair locally, so I don't want a replacement any more. Please
refund the purchase price and let me know whether you want the lonely left pedal back.

Best wishes
Hannah`,
  en('refund-07', 'oskar@nilsson-bikes.example', 'Refund outstanding since October')`
Order LH-202731. Returned 9 October. Your return form promises the money within 14 days of receipt. It is now week five.

Please transfer 118.00 EUR and confirm in writing.

Oskar Nilsson`,
  en('refund-08', 'Mei Tanaka <mei.tanaka@mail.example>', 'Price difference after your autumn sale')`
Hello Lindgren & Hale,

I ordered the Norrsken dynamo headlight on Thursday for 129 and on Saturday it was in the sale for 99. Many shops credit
the difference if the price falls within a few days. Would you do this for me? 30 euros back on my card would make my
week. If not, I will send the lamp back within the withdrawal period and claim the full amount, which costs all of us
more.

Kind regards, Mei`,
  en('refund-09', 'Colin Bright <c.bright@example.com>', 'Refund to a different account?', {
    encoding: 'base64',
  })`
Hi all,

The bank account I used for order LH-203310 was closed when I moved. I've since returned the pannier bags (parcel handed
in on Monday). Could you make the repayment to my new account instead? Tell me a safe way to send you the details, I
don't want to put them in an ordinary email.

Colin`,
  en('refund-10', 'Ruth Abernathy <ruth@abernathy.example>', 'Return no. R-5519: deducted 25 euros, why?', {
    kind: 'html',
  })`
Hello,

You refunded 74.00 instead of 99.00 for the returned brake set, "deduction for signs of use". I mounted the levers, saw
that the hose was too short for my bike and took them off again in the same hour. They never saw a road.

Trying a part on is what I could have done in a shop. I'd like the remaining 25.00 refunded as well.

Ruth Abernathy`,
  en('refund-11', 'Jonas Feld <jonas.feld@mail.example>', 'sent back the helmet, refund?')`
helmet was too small, went back in the same carton last tuesday with your label. when do i see the 79 eur?

sent from my phone`,
  en('refund-12', 'Beatrice Olunga <bea.olunga@example.com>', 'Gift returned - who gets the refund?')`
Good afternoon,

My brother gave me a cassette for my birthday, bought in your shop. It's an 11-speed and I ride 12. He says I can simply
return it with the gift slip, but I can't work out who would be reimbursed then: he, on his card, or I, as a voucher?

He would prefer me to have the money. If a voucher is the only way, that is fine too, I'll find something!

Thanks,
Bea`,
  en(
    'refund-13',
    'Stuart McAllan <stuart.mcallan@mail.example>',
    'Faulty freehub: repair takes too long, refund instead',
    {
      files: ['receipt-LH-201904.pdf'],
    },
  )`
Dear Sirs,

on 21 September I returned the Kestrel rear hub under warranty because the freehub pawls slipped. You wrote that a spare
is expected "towards the end of the year". I can't be without a rear wheel for three months.

I therefore withdraw from the purchase and ask you to pay back the price of 214.00 euros. A copy of the receipt is
attached.

Yours faithfully
Stuart McAllan`,
  en('refund-14', 'Lena Marsh <lena.marsh@example.com>', 'Shipping costs not refunded')`
Hi,

thanks for the quick refund of the lights. I noticed that the 6.95 delivery fee is missing from the amount. As I
cancelled the whole purchase within fourteen days, I believe the standard outbound postage has to be repaid as well.

Could you have a look?

Lena`,
  en('refund-15', 'Armand Peltier <armand@peltier.example>', 'Re: returning bottom bracket - wrong size tyre too', {
    answersOurs: 'return-8920',
    kind: 'alternative',
  })`
Perfect, label printed, thank you. I've put the tyre (28-622) into the same box, hope that is all right. So you should
be refunding two items: 31.90 for the tyre and 38.00 for the bracket. Please credit the card, not the shop balance.

A. Peltier`,
  en('refund-16', 'Nadia Haddad <nadia.haddad@mail.example>', 'Voucher instead of money - not agreed')`
Hello,

I asked for a refund and got a voucher code by email. I didn't agree to a voucher. I paid with real money, I returned
the jacket in its original bag and in time, so please void that code and send 89 euros back the way they came.

It may just be a wrong tick box on your side. No hard feelings if it is fixed this week.

Nadia Haddad`,
  en('refund-17', 'Walter Quist <w.quist@example.com>', 'Refund request LH-204702 (2 items)', { kind: 'html' })`
Items: 1x chain checker, 1x cassette lockring tool.
Reason: bought by mistake, I already had both in the drawer.
Condition: unused, in original packaging.
Parcel dropped off: Wednesday.
Requested: reimbursement of 33.40 to the original payment method.

W. Quist`,
  en('refund-18', 'Dmitri Volkonsky <d.volkonsky@mail.example>', 'Re: returning bottom bracket - wrong standard', {
    answers: 'refund-05',
  })`
Just so that you have it: parcel went off this morning, receipt number of the post office is RR 7719 0042. Please refund
the 42.50 as soon as it is with you, I'd like to order the right one from you with that money.

D.

> bought a PF30 bottom bracket, have a BB86 frame, entirely my own stupidity. It is unopened, still sealed. What do I do
> to
> return it and get refunded?`,
  de('refund-19', 'Jürgen Köhler <juergen.koehler@example.com>', 'Rückerstattung für Bestellung LH-204233')`
Guten Tag,

ich habe die Bremsscheiben am 28. Oktober zurückgeschickt, die Sendung ist laut Nachweis auch bei Ihnen angekommen. Bis
heute wurde mir der Kaufpreis von 58,80 Euro nicht erstattet.

Bitte überweisen Sie den Betrag auf das Konto, von dem ich bezahlt habe.

Mit freundlichen Grüßen
Jürgen Köhler`,
  de('refund-20', 'Annika Böttcher <annika.boettcher@mail.example>', 'Widerruf und Geld zurück', {
    charset: 'iso-8859-1',
  })`
Hallo,

hiermit widerrufe ich den Kauf der Packtaschen. Sie sind leider viel größer, als ich dachte, und schleifen an der Ferse.
Wohin darf ich sie schicken, und wie lange dauert es ungefähr, bis ich mein Geld wiederhabe? Bezahlt hatte ich per
Lastschrift.

Viele Grüße
Annika Böttcher`,
  de('refund-21', 'Florian Seidl <f.seidl@example.com>', 'doppelt abgebucht', { encoding: 'quoted-printable' })`
Servus,

bei mir sind für dieselbe Kurbel zweimal 149 Euro abgebucht worden, am 4. und am 5. Bestellt hab ich sie genau einmal.
Bitte eine Zahlung zurückerstatten, den Kontoauszug kann ich gern schicken.

Florian Seidl`,
  de('refund-22', 'Ümit Yıldız <uemit.yildiz@mail.example>', 'Erstattung abzüglich 15 Euro?', { kind: 'html' })`
Sehr geehrte Damen und Herren,

Sie haben mir für die Retoure R-5602 nur 84 statt 99 Euro gutgeschrieben. Einen Grund für den Abzug finde ich nirgends.
Der Sattel war ungefahren, die Folie noch drauf, und auch die Rücksendung habe ich selbst bezahlt.

Ich bitte um Erstattung der fehlenden 15 Euro.

Freundliche Grüße
Ümit Yıldız`,
  de('refund-23', 'Sabine Ostermann <sabine@ostermann.example>', 'Re: Ihre Rücksendung ist eingegangen', {
    answersOurs: 'return-8847',
  })`
Liebe Johanna,

danke für die Bestätigung! Eine Frage noch: Ich habe damals zum Teil mit einem Gutschein bezahlt (20 Euro) und den Rest
mit Karte. Bekomme ich bei der Erstattung beides zurück, also den Gutschein wieder als Gutschein?

Herzlich, Sabine

> Hallo Frau Ostermann,
> Ihre Retoure mit dem Lenkerband und den Griffen liegt uns vor, wir prüfen
> sie und erstatten dann den Kaufpreis.`,
  de('refund-24', 'Karl-Heinz Dreyer <kh.dreyer@example.com>', 'Rückzahlung Kaufpreis Nabendynamo')`
Werte Firma,

der Nabendynamo hat nach drei Wochen den Dienst eingestellt. Zwei Nachbesserungen sind fehlgeschlagen. Ich trete daher
vom Kaufvertrag zurück und fordere die Rückzahlung des Kaufpreises in Höhe von 132,00 Euro bis zum Monatsende. Das
defekte Teil liegt Ihnen bereits vor.

Hochachtungsvoll
K.-H. Dreyer`,
  de('refund-25', 'Mira Lindqvist-Braun <mira.lb@mail.example>', 'Retoure ohne Lieferschein', { kind: 'alternative' })`
Hi zusammen,

mir ist beim Zurückschicken etwas Dummes passiert: Ich habe den Retourenschein vergessen. Im Paket sind zwei Schläuche
und ein Mantel, Absender steht drauf, Bestellung war LH-204390. Könnt ihr das zuordnen und mir die 47,70 zurückzahlen?

Danke und sorry für die Umstände
Mira`,
  de('refund-26', 'Thomas Wörner <thomas.woerner@example.com>', 'Geld zurück, Teil passt nicht')`
Schaltauge passt nicht an meinen Rahmen, obwohl die Tabelle das sagt. Geht morgen zurück. Bitte Betrag erstatten: 18,90
€.

T. Wörner`,
  fr('refund-27', 'Élodie Garnier <elodie.garnier@example.com>', 'Demande de remboursement commande LH-204155')`
Bonjour,

J'ai renvoyé les pneus le 30 octobre avec votre étiquette et le suivi indique que le colis est bien arrivé chez vous. Je
n'ai toujours pas été remboursée. Pouvez-vous créditer les 71,80 € sur la carte utilisée lors de l'achat ?

Merci d'avance,
Élodie Garnier`,
  fr('refund-28', 'François Lemaître <f.lemaitre@mail.example>', 'Rétractation : je souhaite être remboursé', {
    charset: 'iso-8859-1',
  })`
Madame, Monsieur,

Je fais usage de mon droit de rétractation pour le jeu de direction reçu lundi. Il est neuf, dans son emballage, et je
vous le retourne demain à mes frais. Merci de me rembourser l'intégralité du prix, frais de livraison compris.

Cordialement,
François Lemaître`,
  fr('refund-29', 'Noémie Cazal <noemie.cazal@example.com>', 'Débitée deux fois', { kind: 'html' })`
Bonjour,

En regardant mon relevé, je vois deux prélèvements de 54,00 € pour une seule commande (une selle). Il doit s'agir d'un
doublon au moment du paiement. Je vous remercie de me rembourser l'un des deux.

Bonne journée
Noémie`,
  fr('refund-30', 'Bruno Tessier <bruno@atelier-tessier.example>', 'Re: Votre retour R-5588', {
    answersOurs: 'return-8901',
  })`
Bonjour Marek,

D'accord pour le principe, mais le montant n'est pas le bon : j'ai retourné trois cassettes, pas deux. Il manque donc 46
€ dans le remboursement. Le bon de retour le montre bien.

Bruno Tessier

> Bonjour Monsieur Tessier,
> nous avons remboursé 92,00 € pour votre retour.`,
  fr('refund-31', 'Aïcha Benali <aicha.benali@mail.example>', 'Renvoi du casque, remboursement svp', {
    encoding: 'base64',
  })`
Bonjour, le casque est trop grand même en serrant la molette à fond. Je l'ai déposé ce matin au point relais. Vous me
remboursez sur PayPal ou par virement ? Et dans quel délai ? Merci !

Aïcha`,
  fr('refund-32', 'Henri Vasseur <henri.vasseur@example.com>', 'Avoir refusé, je préfère le remboursement', {
    kind: 'alternative',
  })`
Bonjour,

Vous me proposez un avoir de 120 € pour les freins renvoyés le mois dernier. Je vous en remercie, mais je n'ai rien
d'autre à acheter pour l'instant. La loi me donne droit à un remboursement par le même moyen de paiement, c'est ce que
je demande.

Bien à vous,
Henri Vasseur`,
  en('refund-33', 'Milo Garfield <milo.garfield@example.com>', 'Refund not received yet')`
Hello, you confirmed on 2 November that my return had arrived and that the refund of 62.50 would follow within a week.
It hasn't. Could you check whether the refund was sent, and to which card?

Milo Garfield`,
  en('refund-34', 'Edith Sommers <edith.sommers@mail.example>', 'I want to return the lamp and get my money back')`
Dear shop,

the lamp is lovely but too bright for my neighbours. I would like to return it unused. How do I get a return label, and
will I get the full purchase price back?

Edith Sommers`,
  en('refund-35', 'Raj Malhotra <raj.malhotra@example.com>', 'Refund for damaged goods', { kind: 'html' })`
The carbon bottle cage was cracked out of the box. I don't want a replacement, I want a refund: 24.90 back to my PayPal,
please. Tell me if you need the broken one returned.

Raj`,
  en('refund-36', 'Connie Blythe <connie.blythe@mail.example>', 'returned jersey, still waiting for refund')`
Hi! I returned the jersey (size M, unworn) three weeks ago, return number R-5630. When will I be refunded? The amount
was 59.00 and I paid by card.

Connie`,
  de('refund-37', 'Lars Ehlert <lars.ehlert@example.com>', 'Wann bekomme ich mein Geld zurück?')`
Hallo, meine Retoure R-5641 ist laut Nachweis am 30. Oktober bei euch angekommen. Das Geld (45,90 Euro) ist immer noch
nicht zurück auf meinem Konto. Wann erfolgt die Rückerstattung?

Lars Ehlert`,
  de('refund-38', 'Doris Kampmann <doris.kampmann@mail.example>', 'Rücksendung und Erstattung')`
Guten Tag,

ich möchte die Lampe unbenutzt zurückgeben. Bitte schicken Sie mir ein Rücksendeetikett. Wird mir der volle Kaufpreis
samt Versandkosten erstattet?

Doris Kampmann`,
  fr('refund-39', 'Patrice Hamon <patrice.hamon@example.com>', 'Remboursement non reçu')`
Bonjour, mon retour R-5633 est arrivé chez vous le 29 octobre et je n'ai toujours pas reçu le remboursement de 45,90 €.
Quand serai-je remboursé, et sur quelle carte ?

Patrice Hamon`,
  fr('refund-40', 'Odile Ferrand <odile.ferrand@mail.example>', 'Retour d’une lampe et remboursement')`
Bonjour,

Je souhaite vous retourner la lampe, elle n'a pas servi. Pouvez-vous m'envoyer une étiquette de retour et me rembourser
le prix d'achat ?

Odile Ferrand`,
  en('refund-41', 'Tilda Ferris <tilda.ferris@example.com>', 'Double payment, please refund one')`
Hello, I paid twice for the same order, once by card and once by PayPal, because the first payment seemed to have
failed. Please refund the PayPal payment of 83.00.

Tilda Ferris`,
  en('refund-42', 'Barney Holt <barney.holt@mail.example>', 'Charged two times, refund please')`
Hello, my bank shows that my card was charged two times for one order: the payment page froze and I pressed the button
again. Please refund the second payment of 47.80 to my card.

Barney Holt`,
  en('refund-43', 'Annette Kerr <annette.kerr@example.com>', 'Price dropped, can I get the difference back?')`
Hi, three days after my purchase the price of the saddle dropped by 20 euros. Could you refund the difference to my
card? Otherwise I'd have to return the saddle and buy it again, which would be silly.

Annette`,
  de('refund-44', 'Ewald Ritter <ewald.ritter@example.com>', 'Geld noch nicht zurück, Retoure ohne Schein')`
Hallo, ich habe zwei Schläuche zurückgeschickt, aber den Retourenschein nicht beigelegt. Der Absender steht auf dem
Paket. Können Sie die Rücksendung zuordnen und mir den Kaufpreis von 15,80 Euro erstatten?

Ewald Ritter`,
  fr('refund-45', 'Blandine Rossi <blandine.rossi@mail.example>', 'Rembourser un double paiement')`
Bonjour, ma carte a été débitée deux fois de 38 € pour la même commande, la page de paiement s'était bloquée. Merci de
me rembourser le second paiement.

Blandine Rossi`,
];
