import { de, en, fr, type Letter } from '../letter.ts';

/** Mail that no route is meant for: a person has to read it. */
export const others: readonly Letter[] = [
  en('other-01', 'Priya Raman <p.raman@mail.example>', 'Automatic reply: Out of office', {
    answersOurs: 'return-8830',
    headers: { 'Auto-Submitted': 'auto-replied', Precedence: 'bulk', 'X-Auto-Response-Suppress': 'All' },
  })`
I'm out of the office until 30 November with limited access to email. For urgent matters please contact my colleague
Josh at reception. I will get back to you on my return.

Priya Raman`,
  en('other-02', 'Scanner 2nd floor <scanner@howell-couriers.example>', 'Scan', { files: ['scan_0047.pdf'] })``,
  en('other-03', 'Joanna Tripp <joanna.tripp@example.com>', 'Found: one grey cat')`
Hello neighbours,

a grey cat with a white paw has been sitting in your loading bay since this morning, says the lady from the bakery. It
might be our Pickle! If you see him, please shut the gate and ring me. He comes to the sound of a biscuit tin.

Joanna, two doors down`,
  en('other-04', 'Radio Hillside <newsroom@radio-hillside.example>', 'Interview about repairing things', {
    kind: 'html',
  })`
Dear Lindgren & Hale,

we are preparing a radio feature on the right to repair and would like to record twenty minutes with one of you, ideally
with some workshop noise in the background. Would the first week of December be convenient?

Kind regards, Bettina, newsroom`,
  en(
    'other-05',
    'Meridian Property <facility@meridian-property.example>',
    'Heating maintenance in your building, 24 November',
  )`
Dear tenants,

on 24 November between 8 and 12 the heating and the hot water will be turned off for maintenance. Please make sure that
the boiler room in the basement can be reached.

Facility management`,
  en('other-06', 'Tim Ashdown <tim.ashdown@mail.example>', 'Thanks!!')`
No question, no problem. I only wanted to say that the bell you added for my daughter made her week. Have a lovely day,
all of you.

Tim`,
  de('other-07', 'Zahnarztpraxis Dr. Lenk <praxis@zahnarzt-lenk.example>', 'Ihr Termin zur Prophylaxe', {
    kind: 'alternative',
  })`
Sehr geehrter Herr Hahl,

wir erinnern Sie an Ihren Termin zur Zahnreinigung am Montag um 8:15 Uhr. Bitte bringen Sie Ihre Versichertenkarte mit.

Ihr Praxisteam`,
  de('other-08', 'Birte Claasen <birte.claasen@example.com>', 'Abwesenheitsnotiz: Ihre Anfrage', {
    answersOurs: 'billing-5133',
    headers: { 'Auto-Submitted': 'auto-replied' },
    charset: 'iso-8859-1',
  })`
Guten Tag, ich bin bis einschließlich 4. Dezember nicht im Büro. Ihre Nachricht wird nicht weitergeleitet. In dringenden
Fällen wenden Sie sich bitte an die Zentrale.

Birte Claasen`,
  fr('other-09', 'Mairie de Saint-Aubin <culture@saint-aubin.example>', 'Exposition sur l’histoire du vélo', {
    kind: 'html',
  })`
Bonjour,

Notre médiathèque prépare une exposition sur l'histoire du vélo. Accepteriez-vous de nous prêter quelques objets
anciens, un vieux catalogue ou une enseigne ? L'assurance serait à notre charge.

Le service culturel`,
];
