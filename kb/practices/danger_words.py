"""Words of both languages around which persons, places and numbers are named. Data only."""

MONTHS = (
    *("janvier", "février", "fevrier", "mars", "avril", "mai", "juin", "juillet", "août", "aout"),
    *("septembre", "octobre", "novembre", "décembre", "decembre"),
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
SHORT_MONTHS = (
    *("janv", "févr", "fév", "avr", "juil", "sept", "oct", "nov", "déc", "jan", "feb", "mar"),
    *("apr", "jun", "jul", "aug", "sep", "dec"),
)
# After these a number counts or costs something.
COUNTED = (
    *("FCFA", "F CFA", "CFA", "XOF", "francs", "euros", "€", "dollars", "USD", "habitants"),
    *("inhabitants", "personnes", "people", "persons", "têtes", "head of", "hectares", "ha "),
    *("déplacés", "réfugiés", "refugees", "IDPs", "électeurs", "voters", "ménages", "households"),
    *("bovins", "cattle", "animaux", "animals", "tonnes", "tons", "km", "%"),
)
CALLING = (
    *("tél", "tel", "téléphone", "telephone", "whatsapp", "portable", "cellulaire", "joindre"),
    *("joignable", "appeler", "appelez", "numéro", "phone", "mobile", "call", "reach", "contact"),
    *("contacter", "contactez", "signal", "telegram", "numéro vert", "hotline", "SMS"),
)
PAPERS = (
    *("NINA", "CNI", "CNIB", "NIP", "CIN", "IMEI", "matricule", "mle", "passeport", "passport"),
    *("carte d'identité", "carte d’identité", "carte nationale d'identité", "identity card"),
    *("ID card", "ID number", "carte d'électeur", "voter card", "permis de conduire"),
    *("driving licence", "service number", "numéro d'identification", "carte consulaire"),
)
TOWARDS = (
    *("à", "au", "aux", "vers", "près de", "autour de", "in", "at", "near", "outside", "around"),
    *("entre", "between", "from", "depuis", "jusqu'à", "to"),
)
KINDS_OF_PLACE = (
    *("village", "villages", "commune", "communes", "ville", "marché", "quartier", "campement"),
    *("hameau", "puits", "forêt", "mosquée", "école", "axe", "pont", "mare", "foire"),
    *("town", "hamlet", "market", "camp", "well", "mosque", "school", "road"),
)
# Told with a date these are not a place where somebody can be found.
_WIDE_PLACES = """
Mali Niger Burkina Faso Sahel Afrique Africa Liptako Liptako-Gourma Europe France Algérie
Algeria Nations United New Genève Geneva Paris Addis-Abeba Addis Bruxelles Brussels
Janvier Février Mars Avril Mai Juin Juillet Août Septembre Octobre Novembre Décembre
January February March April May June July August September October November December
French English Français Anglais Fulfulde Arabic Songhay Tamasheq
"""
WIDE_PLACES = frozenset(_WIDE_PLACES.split())
TITLES = (
    *("M.", "MM.", "Mr", "Mr.", "Mrs", "Mrs.", "Ms", "Ms.", "Mme", "Mme.", "Mmes", "Mlle"),
    *("monsieur", "madame", "mademoiselle", "le sieur", "la dame", "feu", "dénommé", "nommé"),
    *("dénommée", "nommée", "un certain", "one named", "man named", "woman named", "named"),
    *("El Hadj", "El Hadji", "El-Hadj", "El-Hadji", "Elhadj", "Elhadji", "Alhadji", "Alhaji"),
    *("Alhadj", "Al-Hadj", "Hadj", "Hadji", "Hadja", "Hadjia", "Hajia", "Hajj"),
    *("imam", "l'imam", "iman", "marabout", "cheikh", "cheick", "cheikhna", "sheikh", "cadi"),
    *("qadi", "oustaz", "ustaz", "maître", "Me", "pasteur", "pastor", "abbé", "père", "sœur"),
    *("frère", "father", "sister", "brother", "reverend", "révérend", "monseigneur", "Mgr"),
    *("évêque", "bishop", "émir", "emir", "amenokal", "aménokal", "hogon", "lamido", "amirou"),
    *("jowro", "dioro", "rugga", "garso", "naaba", "naba", "chef", "chief"),
    *("caporal", "caporal-chef", "sergent", "sergent-chef", "adjudant", "adjudant-chef"),
    *("lieutenant", "sous-lieutenant", "capitaine", "commandant", "lieutenant-colonel"),
    *("colonel", "colonel-major", "général", "maréchal des logis", "MDL", "commissaire"),
    *("inspecteur", "corporal", "sergeant", "captain", "major", "commander", "general"),
    *("brigadier", "commissioner", "inspector", "constable", "warrant officer", "warrant"),
    *("Capt.", "Cpt.", "Cne", "Col.", "Lt", "Lt.", "Lt-Col", "Lt-Col.", "Sgt", "Sgt.", "Gal"),
    *("Gen.", "Adj.", "Adjt", "Cdt", "Cdt.", "Cmdt", "Cpl", "Maj.", "Dr", "Dr.", "Pr", "Prof."),
    *("docteur", "doctor", "professeur", "professor", "commandant de brigade"),
)
ROLES = (
    *("chef de village", "chef du village", "chef de canton", "chef de quartier", "chef"),
    *("chef de tribu", "chef de groupement", "chef de terre", "chef de fraction"),
    *("chef de famille", "chef de province", "chef de poste", "chef de service"),
    *("chef coutumier", "chef traditionnel", "village chief", "village head", "canton chief"),
    *("traditional chief", "district chief", "headman", "chief"),
    *("maire", "adjoint au maire", "mayor", "deputy mayor", "préfet", "prefect", "sous-préfet"),
    *("gouverneur", "governor", "procureur", "prosecutor", "juge", "judge", "greffier"),
    *("conseiller", "conseillère", "councillor", "député", "ministre", "minister"),
    *("instituteur", "institutrice", "enseignant", "enseignante", "teacher", "directeur"),
    *("directrice", "director", "infirmier", "infirmière", "nurse", "sage-femme", "midwife"),
    *("président", "présidente", "president", "chairman", "chairwoman", "chairperson"),
    *("vice-président", "vice-présidente", "coordinateur", "coordinatrice", "coordonnateur"),
    *("coordinator", "secrétaire", "secrétaire général", "secretary", "trésorier"),
    *("trésorière", "treasurer", "médiateur", "médiatrice", "mediator", "facilitateur"),
    *("facilitatrice", "facilitator", "animateur", "animatrice", "griot", "griotte"),
    *("éleveur", "éleveuse", "berger", "bergère", "herder", "pastoralist", "paysan", "farmer"),
    *("cultivateur", "agriculteur", "commerçant", "commerçante", "trader", "forgeron"),
    *("pêcheur", "fisherman", "témoin", "witness", "victime", "victim", "veuve", "widow"),
    *("leader", "notable", "doyen", "elder", "porte-parole", "spokesman", "spokesperson"),
    *("spokeswoman", "guide", "informateur", "informant", "journaliste", "journalist"),
    *("animatrice radio", "représentant", "représentante", "representative", "membre", "member"),
    *("fils", "fille", "épouse", "frère", "son", "daughter", "wife", "husband", "brother"),
)
PARTICLES = (
    "ag",
    "ould",
    "oued",
    "walet",
    "wallet",
    "wal",
    "el",
    "al",
    "ben",
    "bin",
    "dit",
    "dite",
    "o",
)
# Capitalised after a title or a role, and nobody's name.
_NOBODY = """
Peul Peuls Peulh Peulhs Peule Peules Fulani Fulbe Touareg Touaregs Touarègue Tuareg Tuaregs
Dogon Dogons Songhay Songhaï Songhoy Songhai Zarma Djerma Mossi Mosse Moose Bella Bellah
Gourmantché Gourmantchés Gulmanceba Arabe Arabes Arab Arabs Bambara Bamanan Bozo Bobo Bwa
Daoussahaq Dawsahak Imajghan Ifoghas Imghad Idnane Kel Haoussa Haoussas Hausa Kanouri
Kanuri Toubou Buduma Kurumba Foulsé Samo Gourounsi Malinké Soninké Minianka Dafing Marka
Tolébé Iwellemeden Iklan Berabich Kounta Kunta
Assembly Assemblée Council Conseil Secretariat Secrétariat Directorate Direction Inspection
Assistant Secretary Commission Committee Comité Comités Peace Paix Justice Court Cour Code
State État Etat Army Armée Armées Staff National Nationale Nationaux Traditional General
Général Red Cross Croix-Rouge Islamic Christian Muslim Government Gouvernement Ministry
Ministère Human Rights Village Canton Commune Region Région Province Cercle District The Le
La Les Un Une In On At It If When Women Men Youth Young Femmes Jeunes Sahel Mali Niger
Burkina Faso Malian Nigerien Burkinabe Haut Haute High Supreme Article Law Loi Dieu God
Allah Bible Coran Quran
"""
NOBODY = frozenset(_NOBODY.split())
