"""What readers looked for in vain."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.core.errors import Invalid
from kb.core.messages import msg
from kb.search.misses import forget_miss, frequent_misses
from kb.web.current import runtime
from kb.web.forms import read_form
from kb.web.sessions import current_actor

SEE_OTHER = 303


def report() -> Response | str:
    """The queries, the most frequent first; a form forgets one of them."""
    if request.method == "POST":
        number = read_form("miss").number("miss")
        if number is None:
            raise Invalid(msg("The request is not valid."))
        with runtime().begin() as work:
            forget_miss(work, current_actor(), number)
        return redirect(url_for("curation.report", done="query-forgotten"), SEE_OTHER)
    with runtime().reading() as session:
        return render_template("curation/report.html", misses=frequent_misses(session))
