"""An example for each field: made up or shortened, to show the form and not a fact."""

from kb.core.messages import Message, msg

EXAMPLES: dict[str, Message] = {
    "title": msg("Women mediate disputes over a well"),
    "summary": msg(
        "Before each dry season the elders of two villages meet at the pond and settle who waters "
        "when. Whoever breaks the rule pays a sheep."
    ),
    "local_name": msg("dina (Fulfulde)"),
    "practice_type": msg("local agreement between herders and farmers"),
    "places": msg("Commune of Téra"),
    "period": msg("since 2012"),
    "communities": msg("Fulani herders, Songhai farmers"),
    "context": msg("Farmers moved onto the herders’ track after the drought [S1]."),
    "actors_roles": msg(
        "The land chief calls the meeting; the women’s association speaks first [S2]."
    ),
    "how_it_works": msg("1. The two families are heard apart."),
    "results": msg("Eleven of fourteen disputes ended without violence in 2021 [S1]."),
    "conditions": msg("A chief whom both sides accept."),
    "limits_risks": msg("Young people without land are not heard [S3]."),
    "security_actors": msg(
        "Ask the committee before a patrol goes to the pond; never take a seat in it."
    ),
    "women_youth": msg("Two of the nine mediators are women; young people only carry messages."),
    "lessons": msg("Fix the dates of the herds’ passage before sowing, not after it."),
    "training_use": msg("Whom would you talk to first in the case described, and why?"),
    "kind": msg("A committee that was set up and fell apart is a lesson."),
    "themes": msg("Access to water, and transhumance."),
    "actor_types": msg("Traditional chiefs, herders’ associations, and the mayor."),
    "origin": msg("A pact that two villages have renewed for generations is ancestral."),
    "maturity": msg("Tried in one village for a year: an innovation."),
    "sdg_targets": msg("Fewer violent deaths: 16.1. Access to justice: 16.3."),
    "countries": msg("Mali and Niger, if the herds pass from one to the other."),
    "regions": msg("Tillabéri"),
    "zone": msg("Sikasso is a neighbour of the Liptako-Gourma."),
    "cross_border": msg("A committee in which both banks of a river sit."),
    "location_precision": msg("The day and place of a market can help an armed group: region."),
    "method": msg("Three reports and a radio programme were read: a desk study."),
    "evidence": msg("Two sources that copy each other count as one."),
    "visibility": msg("A text about a dispute that goes on: members only."),
    "caution": msg("The mediators were threatened in the past: do no harm."),
    "caution_note_fr": msg("This agreement ended in 2022."),
    "caution_note_en": msg("This agreement ended in 2022."),
    "original_language": msg("You write in French and somebody translates it later: French."),
    "licence": msg("CC BY-SA 4.0 lets trainers copy and change it if they name you."),
    "related": msg("cadis-gao-tombouctou"),
    "address": msg("a-well-for-two-villages"),
    "change_note": msg("Results of 2023 added."),
}
