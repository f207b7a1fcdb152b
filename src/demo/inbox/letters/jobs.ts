import { de, en, fr, type Letter } from '../letter.ts';

/** People who would like to work at the shop. */
export const jobs: readonly Letter[] = [
  en('job-01', 'Adeola Martins <adeola.martins@example.com>', 'Application: bicycle mechanic (full time)', {
    files: ['CV_Adeola_Martins.pdf', 'certificates.pdf'],
  })`
Dear Hiring Team,

I would like to apply for the position of bicycle mechanic advertised on your website. I completed my apprenticeship in
2019 and have since worked in two busy workshops, mainly on e-bikes and wheel building. I am used to customer contact
and would enjoy working in a team that takes repairing more seriously than replacing.

My CV and certificates are attached. I could start on 1 February.

Yours faithfully
Adeola Martins`,
  en('job-02', 'Chloe Winters <chloe.winters@mail.example>', 'Internship in your marketing team?', {
    kind: 'alternative',
    files: ['resume-chloe.pdf'],
  })`
Hi,

I'm in my fourth semester of communication studies and looking for an internship of three to six months from March. I
run a small channel about bike travel (2,300 followers) and I love the dry humour of your product texts. Do you take
interns, and is the internship paid?

My résumé is attached; I'm happy to send work samples.

Chloe`,
  en('job-03', 'Peter Nwosu <peter.nwosu@example.com>', 'Unsolicited application, warehouse')`
Dear Sir or Madam,

I am looking for work in a warehouse near my home. I have eight years of experience in order picking, a forklift licence
and no problem with early shifts. Do you have a vacancy? I can come for a trial day at any time and bring my references.

Peter Nwosu`,
  en('job-04', 'Katarina Holm <katarina.holm@mail.example>', 'Customer service position (English/Swedish)', {
    files: ['Holm_CV.pdf', 'Cover letter.pdf'],
    kind: 'alternative',
  })`
Dear Ms Hale,

your advertisement for a customer service agent speaks to me: languages, bicycles and a team that writes to people as to
people. Having worked at the reception desk of a youth hostel for four years, I am not easily rattled. I speak Swedish
and English fluently and decent German.

I would be glad to introduce myself in an interview. Please find attached my curriculum vitae and cover letter.

Kind regards,
Katarina Holm`,
  en('job-05', 'Joe Pardoe <joe.pardoe@example.com>', 'saturday job')`
hello, are you hiring students for saturdays? im 17, fix bikes for half my school and know how to bleed brakes. could
work holidays too. what do you pay and how do i apply?

joe`,
  en('job-06', 'Dr Amrita Sen <amrita.sen@mail.example>', 'Application for Data Analyst, reference 2026-11', {
    files: ['sen-cv-2026.pdf'],
    kind: 'html',
  })`
Dear recruiting team,

with this email I apply for the role of data analyst (reference 2026-11). I hold a doctorate in statistics and have
spent the last three years forecasting demand for a mid-sized food retailer; spare parts with their long tails would be
an exciting new field for me.

Notice period: three months to the end of a quarter. Salary expectation: see covering letter.

Sincerely,
Amrita Sen`,
  en('job-07', 'Rory Maclean <rory.maclean@example.com>', 'Apprenticeship 2027')`
Dear Lindgren & Hale,

I finish school next summer and want to become a bicycle mechanic. Do you offer apprenticeships? My grades in maths and
crafts are good, in French less so. I did a two-week work placement with a blacksmith and have restored three old racing
bikes with my granddad, I can bring photos to an interview.

Rory Maclean`,
  en('job-08', 'Beata Kowalczyk <beata.kowalczyk@mail.example>', 'Re: Invitation to an interview', {
    answersOurs: 'hiring-0611',
  })`
Dear Ms Hale,

thank you very much for the invitation. Tuesday at 10 suits me well. Shall I bring my original certificates, and is
there a place to lock my bike? I'm looking forward to meeting you and the team.

Beata Kowalczyk

> we were impressed by your application and would like to invite you to an
> interview. Would Tuesday at 10 suit you?`,
  en('job-09', 'Lewis Carmody <lewis.carmody@example.com>', 'Freelance photographer for your catalogue', {
    encoding: 'base64',
  })`
Hello,

I'm a freelance product photographer with my own studio and twelve years of experience, mostly for outdoor brands.
Should you be looking for support for your next catalogue, I'd be glad to work for you. Day rate and references on
request, portfolio at https://carmody-photo.example.

Lewis Carmody`,
  en('job-10', 'Stella Adeyemi <stella.adeyemi@mail.example>', 'Job application, bookkeeper part time', {
    kind: 'html',
    files: ['Adeyemi application.pdf'],
  })`
Dear Sir or Madam,

after six years of parental leave I would like to return to my profession. I am a trained bookkeeper with experience in
accounts payable and payroll, and your part-time position (20 hours, mornings) fits our family perfectly. You'll find my
complete application documents attached.

I would be pleased to get to know you personally.

Stella Adeyemi`,
  en('job-11', 'Hugo Brandt <hugo.brandt@example.com>', 'Status of my application?')`
Dear team,

on 12 October I applied for the position of web developer. As I have an offer from another company that I need to answer
by the end of next week, I would like to ask whether there is a decision yet. Your job would be my first choice.

With kind regards
Hugo Brandt`,
  en('job-12', 'Manuela Ortega <manuela.ortega@mail.example>', 'Application shop assistant', {
    files: ['foto.jpg', 'Ortega_Manuela_CV.pdf'],
    kind: 'alternative',
  })`
Hello Lindgren & Hale team,

my name is Manuela, I am 24 and I've been selling sports shoes for three years. I want to switch to bicycles since I
ride every day and my colleagues are tired of hearing about it. I learn quickly, like early mornings and don't mind
cleaning.

I would be happy about an interview or a trial day. Attached you find my CV.

Manuela Ortega`,
  en('job-13', 'Colm Fahey <colm.fahey@example.com>', 'Looking for a job as driver')`
Dear Madam/Sir,

are you looking for a delivery driver? I have a clean licence (B and C1), know the whole county and worked 11 years for
a dairy until it closed down. Full time or part time, available immediately.

Colm Fahey, phone 01632 960417`,
  en('job-14', 'Ayumi Sato <ayumi.sato@mail.example>', 'Working student, software', { kind: 'html' })`
Hi!

Are you looking for a working student in your software team? I'm doing my bachelor's in computer science (5th semester),
know TypeScript and SQL well, and could work up to 20 hours a week. My code is public; I'd love to show you a small
project that predicts chain wear.

Best, Ayumi`,
  en('job-15', 'Graham Teale <graham.teale@example.com>', 'Withdrawing my application')`
Dear Ms Hale,

thank you for the pleasant interview last week. After careful thought I have accepted a position closer to home and
would like to withdraw my application as workshop manager. I wish you every success in finding the right candidate.

Graham Teale`,
  en('job-16', 'Katarina Holm <katarina.holm@mail.example>', 'Re: Customer service position (English/Swedish)', {
    answers: 'job-04',
    answersOurs: 'hiring-0634',
  })`
Dear Ms Hale,

I enjoyed our interview very much, thank you for your time. As discussed I'm sending you the contact details of two
references by the end of the week. My earliest starting date would be 15 January, and the salary range you named is fine
with me.

Katarina Holm

> it was a pleasure to talk to you. Could you give us two references?`,
  en('job-17', 'Nathan Grove <nathan.grove@mail.example>', 'Career change: teacher wants to build wheels', {
    files: ['grove-cv.pdf'],
    encoding: 'quoted-printable',
  })`
Dear Mr Lindgren,

I have taught physics for fourteen years and have built wheels at my kitchen table for ten. It's time to turn that
around. Would you consider a career changer in your wheelbuilding department? I'd gladly start with a probation period
or a course, and I bring my own tension meter.

My CV tells the rest. May I introduce myself?

Nathan Grove`,
  de('job-18', 'Leon Hartmann <leon.hartmann@example.com>', 'Bewerbung als Zweiradmechatroniker', {
    files: ['Lebenslauf_Hartmann.pdf', 'Zeugnisse.pdf'],
  })`
Sehr geehrte Damen und Herren,

mit großem Interesse habe ich Ihre Stellenanzeige gelesen und bewerbe mich als Zweiradmechatroniker in Vollzeit. Nach
meiner Ausbildung habe ich vier Jahre in einer Werkstatt mit Schwerpunkt E-Bike gearbeitet. Meine Unterlagen finden Sie
im Anhang.

Über die Einladung zu einem Vorstellungsgespräch freue ich mich.

Mit freundlichen Grüßen
Leon Hartmann`,
  de('job-19', 'Zeynep Şahin <zeynep.sahin@mail.example>', 'Praktikum Marketing ab März', {
    kind: 'alternative',
    files: ['Lebenslauf.pdf'],
  })`
Hallo liebes Team,

ich studiere Medienwissenschaft im vierten Semester und suche ab März ein Praktikum für drei bis sechs Monate. Nehmt ihr
Praktikantinnen, und wird das Praktikum vergütet? Meinen Lebenslauf habe ich angehängt, Arbeitsproben schicke ich gern.

Zeynep Şahin`,
  de('job-20', 'Hans-Jörg Wüst <hj.wuest@example.com>', 'Initiativbewerbung Lager', { charset: 'iso-8859-1' })`
Sehr geehrte Damen und Herren,

ich suche eine Stelle im Lager, gern auch in Frühschicht. Ich bringe acht Jahre Erfahrung in der Kommissionierung und
einen Staplerschein mit. Gibt es bei Ihnen eine freie Stelle? Zu einem Probetag komme ich jederzeit.

Hans-Jörg Wüst`,
  de('job-21', 'Clara Engelhardt <clara.engelhardt@mail.example>', 'Ausbildungsplatz 2027')`
Hallo,

nächsten Sommer mache ich meinen Schulabschluss und möchte gern Zweiradmechatronikerin werden. Bilden Sie aus? Ein
Schülerpraktikum in einer Schlosserei habe ich schon gemacht. Meine Mathenote ist eine 2, und meine Bewerbung kann ich
auch persönlich vorbeibringen.

Clara Engelhardt`,
  de('job-22', 'Dr. Emre Çelik <emre.celik@example.com>', 'Bewerbung Datenanalyst, Kennziffer 2026-11', {
    kind: 'html',
    files: ['Bewerbung Çelik.pdf'],
  })`
Sehr geehrte Frau Hale,

hiermit bewerbe ich mich auf die ausgeschriebene Stelle als Datenanalyst. Ich bin promovierter Physiker und habe zuletzt
Absatzprognosen für einen Lebensmittelhändler erstellt. Meine Kündigungsfrist beträgt drei Monate zum Quartalsende,
meine Gehaltsvorstellung nenne ich im Anschreiben.

Emre Çelik`,
  de('job-23', 'Sonja Burmeister <sonja.burmeister@mail.example>', 'Re: Einladung zum Vorstellungsgespräch', {
    answersOurs: 'hiring-0620',
  })`
Sehr geehrte Frau Hale,

vielen Dank für die Einladung, den Termin am Donnerstag um 14 Uhr nehme ich gern wahr. Soll ich meine Zeugnisse im
Original mitbringen? Ich freue mich darauf, Sie und das Team kennenzulernen.

Sonja Burmeister

> Ihre Bewerbung hat uns gefallen. Wir möchten Sie gern persönlich
> kennenlernen.`,
  de('job-24', 'Rüdiger Blank <ruediger.blank@example.com>', 'Stand meiner Bewerbung', { encoding: 'base64' })`
Sehr geehrtes Team,

am 12. Oktober habe ich mich bei Ihnen als Werkstattleiter beworben. Gibt es schon eine Entscheidung? Mir liegt ein
anderes Angebot vor, auf das ich bis Ende nächster Woche antworten muss. Ihre Stelle wäre meine erste Wahl.

Rüdiger Blank`,
  de('job-25', 'Fine Jacobsen <fine.jacobsen@mail.example>', 'Schülerjob samstags')`
Hi, sucht ihr jemanden für samstags? Ich bin 16, schraube gern und kann gut mit Leuten. In den Ferien hätte ich auch
unter der Woche Zeit. Wie viel verdient man bei euch und muss ich eine richtige Bewerbung schreiben? LG Fine`,
  fr('job-26', 'Julien Carpentier <julien.carpentier@example.com>', 'Candidature au poste de mécanicien cycles', {
    files: ['CV Julien Carpentier.pdf'],
  })`
Madame, Monsieur,

Votre annonce pour un poste de mécanicien cycles a retenu toute mon attention. Titulaire d'un CQP, j'ai travaillé quatre
ans dans un atelier spécialisé en vélos électriques. Vous trouverez mon CV ci-joint.

Je me tiens à votre disposition pour un entretien.

Julien Carpentier`,
  fr('job-27', 'Léa Fabre <lea.fabre@mail.example>', 'Demande de stage en communication', {
    kind: 'alternative',
    files: ['lettre-de-motivation.pdf'],
  })`
Bonjour,

Étudiante en deuxième année de communication, je cherche un stage de trois à six mois à partir de mars. Accueillez-vous
des stagiaires ? Ma lettre de motivation est jointe, et je peux vous envoyer des exemples de mes travaux.

Léa Fabre`,
  fr('job-28', 'Moussa Diallo <moussa.diallo@example.com>', 'Candidature spontanée, entrepôt', { kind: 'html' })`
Madame, Monsieur,

Je recherche un emploi de préparateur de commandes. J'ai huit ans d'expérience, le permis cariste, et les horaires du
matin me conviennent. Avez-vous un poste à pourvoir ? Je suis disponible immédiatement pour une journée d'essai.

Moussa Diallo`,
  fr('job-29', 'Camille Dubreuil <camille.dubreuil@mail.example>', 'Apprentissage 2027', { charset: 'iso-8859-1' })`
Bonjour,

Je termine le collège l'été prochain et je voudrais devenir mécanicienne vélo. Prenez-vous des apprentis ? J'ai déjà
fait un stage de découverte chez un forgeron. Je peux passer avec mon dossier de candidature.

Camille Dubreuil`,
  fr('job-30', 'Stéphane Colin <stephane.colin@example.com>', 'Re: Entretien d’embauche', {
    answersOurs: 'hiring-0641',
  })`
Bonjour Madame Hale,

Merci pour votre invitation. Je vous confirme ma présence à l'entretien jeudi à 14 h. Dois-je apporter les originaux de
mes diplômes ? Au plaisir de vous rencontrer.

Stéphane Colin

> votre candidature nous intéresse, seriez-vous disponible jeudi à 14 h ?`,
  fr('job-31', 'Inès Moreau <ines.moreau@mail.example>', 'Suite de ma candidature')`
Bonjour,

J'ai postulé le 12 octobre au poste de conseillère clientèle et je n'ai pas encore reçu de réponse. Le recrutement
est-il toujours en cours ? Je reste très motivée et disponible pour un entretien.

Inès Moreau`,
  en('job-32', 'Helen Marchant <helen.marchant@example.com>', 'Application as customer service agent', {
    files: ['Marchant_CV.pdf'],
  })`
Dear Ms Hale,

I would like to apply for the vacancy in your customer service team. I have worked in a call centre for five years,
speak fluent French and ride to work every day. I enjoy helping people on the phone, even on Mondays. My CV is attached.

I look forward to hearing from you and would be happy to come for an interview.

Helen Marchant`,
  en('job-33', 'Sam Ridgeway <sam.ridgeway@mail.example>', 'Re: Your application as warehouse worker', {
    answersOurs: 'hiring-0655',
  })`
Dear Ms Hale,

thank you for the interview on Tuesday. I enjoyed meeting the team and I'm very interested in the job. Here are two
references as you requested: my former employer at the dairy and my forklift instructor. My earliest starting date is 1
December.

Sam Ridgeway`,
  en('job-34', 'Tessa Moorcroft <tessa.moorcroft@example.com>', 'Do you have any vacancies?')`
Hello, I've just moved here and am looking for a part-time job, about 20 hours a week. I have experience in a bike shop
and in a café. Do you have any vacancies in sales or in the workshop? I can send my CV.

Tessa`,
  en('job-35', 'Ibrahim Kone <ibrahim.kone@mail.example>', 'Application for apprenticeship as a mechanic', {
    kind: 'html',
    files: ['application.pdf'],
  })`
Dear Sir or Madam,

I'm applying for an apprenticeship as a bicycle mechanic starting next summer. I'm 18, have finished school with good
grades in physics and have done a placement in a workshop. You'll find my application with my school reports attached.

Ibrahim Kone`,
  de('job-36', 'Melanie Kranz <melanie.kranz@example.com>', 'Bewerbung für den Kundenservice', {
    files: ['Bewerbungsunterlagen.pdf'],
  })`
Sehr geehrte Frau Hale,

hiermit bewerbe ich mich um die Stelle im Kundenservice. Ich habe fünf Jahre Berufserfahrung im Callcenter und spreche
fließend Französisch. Meine Bewerbungsunterlagen finden Sie im Anhang. Über eine Einladung zum Vorstellungsgespräch
würde ich mich freuen.

Melanie Kranz`,
  fr('job-37', 'Arnaud Gillet <arnaud.gillet@example.com>', 'Candidature service client', {
    files: ['CV-Gillet.pdf'],
  })`
Madame,

Je vous adresse ma candidature au poste de conseiller au service client. J'ai cinq ans d'expérience en centre d'appels
et je parle couramment anglais. Vous trouverez mon CV et ma lettre de motivation en pièces jointes. Je serais heureux de
vous rencontrer lors d'un entretien.

Arnaud Gillet`,
  en('job-38', 'Wanda Piekarski <wanda.piekarski@example.com>', 'Student job during the holidays')`
Hi, I'm a student and looking for a job from July to September. I've worked in a garden centre and on a campsite. Are
you hiring for the season, and what is the hourly wage? I can send you my CV.

Wanda`,
  de('job-39', 'Till Behnke <till.behnke@mail.example>', 'Ferienjob oder Aushilfe')`
Hallo, ich bin Student und suche einen Ferienjob oder eine Stelle als Aushilfe am Wochenende. Sucht ihr gerade jemanden,
und wie ist der Stundenlohn? Meinen Lebenslauf kann ich schicken. Viele Grüße, Till`,
];
