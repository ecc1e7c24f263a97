package server

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gwctl/gwctl/providers/xds/api"
)

func problem(status int, typ, title, detail string) *api.Problem {
	return &api.Problem{Type: typ, Title: title, Status: status, Detail: detail}
}

func invalid(format string, args ...any) *api.Problem {
	return problem(http.StatusBadRequest, api.ProblemInvalid, "The request is not valid", fmt.Sprintf(format, args...))
}

// maxIssues bounds an answer; the first ones are what people read.
const maxIssues = 1_000

func invalidObjects(issues []api.Issue) *api.Problem {
	p := problem(http.StatusUnprocessableEntity, api.ProblemInvalid, "Objects are not valid", "Nothing was changed.")
	p.Fields = issues[:min(len(issues), maxIssues)]
	if more := len(issues) - maxIssues; more > 0 {
		p.Detail = fmt.Sprintf("Nothing was changed. %d more are not listed.", more)
	}
	return p
}

func unavailable(title, format string, args ...any) *api.Problem {
	return problem(http.StatusServiceUnavailable, api.ProblemUnavailable, title, fmt.Sprintf(format, args...))
}

func notFound(format string, args ...any) *api.Problem {
	return problem(http.StatusNotFound, api.ProblemNotFound, "There is no such thing", fmt.Sprintf(format, args...))
}

// writeProblem answers with a problem. A client that is gone is no concern.
func writeProblem(w http.ResponseWriter, p *api.Problem) {
	w.Header().Set("Content-Type", api.TypeProblem)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func writeJSON(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", api.TypeJSON)
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(answer)
}
