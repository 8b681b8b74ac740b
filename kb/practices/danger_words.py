"""How people of the three countries write what may endanger somebody, as patterns. Pure.

Each quantifier has an upper bound and no two neighbours can match the same characters for long:
a text of any kind costs a time in proportion to its length.
"""

import re

# Spaces as typed and as typeset, and what else stands between the digits of a number.
_GAP = r"[ \t\u00a0\u2009\u202f]"
_SEPARATOR = r"[ \t\u00a0\u2009\u202f.\-/·]"
_MONTH = (
    r"(?:janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre"
    r"|décembre|decembre|janv\.?|févr?\.?|avr\.?|juil\.?|sept\.?|oct\.?|nov\.?|déc\.?"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan\.?|feb\.?|mar\.?|apr\.?|jun\.?|jul\.?|aug\.?|dec\.?)"
)
_YEAR = r"(?:1[89]|20)\d\d"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŊƁƊƳ]"
_NAME = rf"{_CAPITAL}[\w'’\-]{{0,29}}"
_FULL_NAME = (
    rf"{_NAME}(?:{_GAP}(?:ag|ould|Ag|Ould|Ag\.|dit|dite){_GAP}{_NAME}|{_GAP}{_NAME}){{0,4}}"
)

# What looks like a number of a person and is none.
HARMLESS = re.compile(
    r"https?://[^\s<>\"]{1,2000}|www\.[^\s<>\"]{1,2000}"
    r"|\b10\.\d{4,9}/[^\s<>\"]{1,200}"
    r"|\bISB?S?N(?:-1[03])?[ :]{0,3}[\dX\- ]{8,20}"
    r"|\[S\d{1,3}\]"
    r"|\b[SA]/(?:RES|PRST|\d{4})/[\w/.()\-]{1,30}"
    r"|\b[Nn](?:°|º|os?\b|o\.)[ \u00a0\u202f]?\d{2,4}[-/]\d{1,4}(?:[-/ ][A-Z][\w/\-]{0,30})?"
)
EMAIL = re.compile(
    r"(?<![\w.+%\-])[\w.+%\-]{1,64}"
    r"(?:@|[ ]?[(\[{][ ]?(?:at|arobase|à|@)[ ]?[)\]}][ ]?|[ ]arobase[ ])"
    r"[\w\-]{1,63}(?:[ ]?(?:\.|[(\[](?:dot|point)[)\]])[ ]?[\w\-]{1,63}){1,4}",
    re.IGNORECASE,
)
COORDINATES = re.compile(
    r"(?:\b[NSEWO]{1}[ ]?)?(?<!\d)\d{1,3}(?:[.,]\d{1,8})?[ ]?[°º][ ]?\d{1,2}(?:[.,]\d{1,6})?"
    r"[ ]?['’′](?:[ ]?\d{1,2}(?:[.,]\d{1,4})?[ ]?(?:[\"”″]|['’′]{2}))?(?:[ ]?[NSEWO]\b)?"
    r"|(?<![\d.,])\d{1,3}[.,]\d{1,8}[ ]?°?[ ]?(?:[NSEWO]|[Nn]ord|[Ss]ud|[Ee]st|[Oo]uest|[Nn]orth|[Ss]outh"
    r"|[Ww]est|[Ee]ast)\b"
    r"|(?<![\d.,])[+\-−]?\d{1,2}[.,]\d{3,9}[ ]?[,;/ ][ ]?[+\-−]?\d{1,3}[.,]\d{3,9}(?![\d.,]\d)"
    r"|\b(?:[Ll]at(?:itude)?|[Ll]ong?(?:itude)?)\.?[ \u00a0]?[:=]?[ \u00a0]?[+\-−]?\d{1,3}[.,]\d{1,9}"
    r"|\b(?:2[89]|3[0-3])[ ]?[NPQR](?:[ ]?[A-Z]{2})?[ ]?\d{4,7}[ ]?[mE]{0,2}[ ,;/]{0,2}\d{4,7}\b"
)
PHONE = re.compile(
    rf"(?<![\w+])(?:\+|00)[ ]?\(?\d{{1,3}}\)?(?:{_SEPARATOR}{{0,2}}\d){{7,12}}(?!\d)"
    rf"|(?<![\d\w+.,/\-])(?:\(?22[367]\)?{_SEPARATOR}{{0,2}})?[024-9]\d(?:{_SEPARATOR}{{1,2}}\d\d){{3}}(?![\d])"
    r"|(?<![\w+.,/\-])(?:22[367])?[024-9]\d{7}(?!\d)"
)
CALLED = re.compile(
    r"\b(?:t[ée]l(?:[ée]phone|\.)?|whats?app|portable|cellulaire|joindre|appel(?:ez|er)|num[ée]ro"
    r"|phone|mobile|call|reach(?:ed)?|contact)\b[^\d\n]{0,40}"
    rf"(\+?\d(?:{_SEPARATOR}{{0,2}}\d){{6,13}})(?!\d)",
    re.IGNORECASE,
)
ID_NUMBER = re.compile(
    r"\b(?:NINA|CNIB?|NIP|CIN|IMEI|[Mm]atricules?|[Mm]le|[Pp]asseports?|[Pp]assports?"
    r"|[Cc]arte d['’]identité|[Cc]arte nationale|[Ii]dentity card|ID card|[Pp]ermis de conduire|[Ii]mmatricul\w{1,8}"
    r"|[Pp]laques?|(?:number |licen[cs]e )?[Pp]lates?|[Rr]egistration|[Ss]ervice number)\b[^\d\n.;]{0,30}?"
    r"((?:[A-Z]{1,3}[ \-]?)?\d(?:[ .\-/]?\w){2,24})"
    r"|(?<![\w\-])(?:[A-Z]{2}[ \-]\d{3,4}[ \-][A-Z]{2}|\d{1,2}[ \-][A-Z]{1,2}[ \-]\d{4}|[A-Z]{1,2}[ ]\d{4}[ ]M\d"
    r"|[A-Z]{1,2}[ ]\d{4}[ ][A-Z]{2})(?![\w\-])"
    r"|(?<![\w\-])(?:[AB]\d{7,8}|\d{14,17}[ ]?[A-Z]?)(?![\w\-])"
    r"|(?<!\d)[12][ ]\d\d[ ]\d\d[ ]\d[ ]\d\d[ ]\d{3}[ ]\d{3}[ ]?[A-Z]?\b"
)
DATE = re.compile(
    rf"\b(?:\d{{1,2}}|1er|\d{{1,2}}(?:st|nd|rd|th)){_GAP}(?:of{_GAP})?{_MONTH}(?:,?{_GAP}{_YEAR})?\b"
    rf"|\b{_MONTH}{_GAP}\d{{1,2}}(?:st|nd|rd|th)?(?:,?{_GAP}{_YEAR})\b"
    rf"|(?<![\d/.\-])(?:0?[1-9]|[12]\d|3[01])[/.\-](?:0?[1-9]|1[0-2])[/.\-](?:{_YEAR}|\d\d)(?![\d/\-])"
    rf"|(?<![\d/.\-]){_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d\-])",
    re.IGNORECASE,
)
PLACE = re.compile(
    rf"\b(?:à|À|au|Au|aux|vers|sur|près{_GAP}de|autour{_GAP}de|[Ii]n|[Aa]t|[Nn]ear|[Oo]utside|(?:village|commune|ville|marché|quartier"
    rf"|campement|hameau|puits|forêt|town|hamlet|market|camp){_GAP}(?:de|d['’]|du|of)|entre|between)[ ’']{{0,2}}"
    rf"({_CAPITAL}[\w'’\-]{{1,39}})"
)
_TITLES = (
    r"M\.|MM\.|Mr\.?|Mrs\.?|Ms\.?|Mme\.?|Mmes|Mlle|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle|El[ \-]?[Hh]adji?|El[ \-]?Hadj|Elhadji?|Alhadji|Alhaji"
    r"|Alhassane|[Hh]adja|[Hh]adjia|[IiÎî]mame?|[Mm]arabout|[Cc]heikh|[Ss]heikh|Cheick|[Oo]ustaz|Modibo|[Pp]asteur|[Pp]astor|[Aa]bbé|[Pp]ère"
    r"|[Ss]œur|[Ff]ather|[Ss]ister|[Cc]aporal|[Ss]ergent(?:-chef)?|[Aa]djudant(?:-chef)?|(?:[Ss]ous-)?[Ll]ieutenant(?:-colonel)?"
    r"|[Cc]apitaine|[Cc]ommandant|[Cc]olonel(?:-major)?|[Gg]énéral|[Mm]aréchal|[Cc]orporal|[Ss]ergeant|[Cc]aptain|[Mm]ajor|[Cc]ommander|[Gg]eneral"
    r"|Capt\.|Cpt\.|Col\.|Lt\.?|Sgt\.?|Gen\.|Adj\.?|Cdt\.?|Cne|Dr\.?|Pr\.?|[Dd]octeur|[Pp]rofesseur|[Mm]aître|Me"
)
_ROLES = (
    r"[Cc]hef de (?:village|canton|quartier|tribu|groupement|famille|terre|fraction)|[Vv]illage (?:chief|head)|[Cc]hief|[Mm]aire|[Mm]ayor"
    r"|[Pp]réfet|[Pp]refect|[Gg]ouverneur|[Gg]overnor|[Pp]rocureur|[Jj]uge|[Jj]udge|[Ii]nstituteur|[Tt]eacher|[Ii]nfirmi(?:er|ère)|[Nn]urse"
    r"|[Pp]résidente?|[Cc]oordinat(?:eur|rice)|[Cc]oordinator|[Ss]ecrétaire|[Ss]ecretary|[Tt]résori(?:er|ère)|[Tt]reasurer|[Mm]édiat(?:eur|rice)"
    r"|[Mm]ediator|[Gg]riotte?|[Éé]leveur|[Bb]erger|[Hh]erder|[Pp]aysan|[Ff]armer|[Tt]émoin|[Ww]itness|[Vv]ictime|[Vv]ictim"
)
NAMED_PERSON = re.compile(
    rf"(?<![\w\-])(?:{_TITLES}){_GAP}{{1,2}}{_FULL_NAME}"
    rf"|(?<![\w\-])(?:{_ROLES}),?{_GAP}{{1,2}}{_FULL_NAME}"
)
SENTENCE_END = re.compile(r"\n|(?<=\w\w\w)[.!?…](?=\s)|(?<=[\])\d»])[.!?…](?=\s)|;\s")
