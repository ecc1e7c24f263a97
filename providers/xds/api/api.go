// Package api is the admin API of the xDS server: JSON over HTTP. Transactions
// are conditional per object, and answer with a stream of events, one JSON
// object a line, of which the last has a verdict or a problem.
package api

import (
	"time"

	"github.com/gwctl/gwctl/internal/resource"
)

// Paths of the API.
const (
	PathIdentity     = "/v1/identity"     // GET: Identity
	PathObjects      = "/v1/objects"      // GET ?owner=NAME&id=ID&id=ID (see FormatID) or ?all=true, with &conditions=true: ObjectList
	PathTransactions = "/v1/transactions" // POST Transaction: stream of Event; GET /v1/transactions/ID: Outcome
	PathRevisions    = "/v1/revisions"    // GET ?owner=NAME: RevisionList; /v1/revisions/N?owner=NAME: ObjectList as of N
	PathStatus       = "/v1/status"       // GET: Status
	PathFiles        = "/v1/files"        // POST Files: FileReport where an apply would take them, else a Problem
)

// Media types of answers.
const (
	TypeJSON    = "application/json"
	TypeStream  = "application/x-ndjson"
	TypeProblem = "application/problem+json"
)

// Bounds of one request.
const (
	MaxBody    = 64 << 20 // bytes of a transaction
	MaxObjects = 20_000   // that a transaction writes and deletes, and as many that it reads
	MaxIDs     = 1_000    // that a query names
	MaxFiles   = 16 << 20 // bytes of objects that name files
	MaxHeader  = 64 << 10 // bytes of the request line and headers
	MaxID      = 64       // bytes of a transaction's id
	MaxOwner   = 253      // bytes of an owner's name
)

// Values of Transaction.WaitFor.
const (
	WaitForAll  = "all"  // the default: every connected Envoy
	WaitForNone = "none" // commit without an Envoy's word
)

// Identity tells one store from all others.
type Identity struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Revision uint64 `json:"revision"` // of the last committed transaction
	// RateLimit is the host:port where Envoys reach what counts for global rate
	// limits; "" where nothing does.
	RateLimit string `json:"rate_limit,omitempty"`
}

// Object is one applied object.
type Object struct {
	Object   *resource.Object `json:"object"`
	Revision uint64           `json:"revision"` // of the transaction that wrote it last
	Created  time.Time        `json:"created"`
	// Conditions is there where they were asked for and there are any.
	Conditions *Conditions `json:"conditions,omitempty"`
}

// ObjectList is a set of objects.
type ObjectList struct {
	Revision uint64   `json:"revision"`
	Objects  []Object `json:"objects"`
}

// Owner is who the objects belong to.
type Owner struct {
	Name    string `json:"name"`
	Lineage string `json:"lineage"`
}

// Transaction changes several objects or none.
type Transaction struct {
	// ID is the client's own, and unique: a client that lost the answer asks
	// for the outcome by it.
	ID      string   `json:"id"`
	Owner   Owner    `json:"owner"`
	Writes  []Write  `json:"writes,omitempty"`
	Deletes []Expect `json:"deletes,omitempty"`
	Reads   []Expect `json:"reads,omitempty"`    // relied upon, not written
	Adopt   bool     `json:"adopt,omitempty"`    // take over this owner's objects of another lineage
	WaitFor string   `json:"wait_for,omitempty"` // "all" (default) or "none"
	// WaitTimeout is for all Envoys' answers, in Go's notation ("30s").
	WaitTimeout string `json:"wait_timeout,omitempty"`
}

// States of an Outcome.
const (
	StateRunning = "running" // no verdict yet
	StateDone    = "done"    // Verdict or Problem says how it ended
)

// Outcome is where a transaction stands, for a client that lost the answer. A
// transaction that is not known was not committed.
type Outcome struct {
	State   string   `json:"state"`
	Verdict *Verdict `json:"verdict,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
}

// Write creates (IfMatch 0) or replaces an object at the given revision.
type Write struct {
	Object  *resource.Object `json:"object"`
	IfMatch uint64           `json:"if_match"`
}

// Expect names an object at a revision; 0 says that it must not exist.
type Expect struct {
	ID      resource.ID `json:"id"`
	IfMatch uint64      `json:"if_match"`
}

// Files are objects that name files of the server, which it is to look at.
type Files struct {
	Objects []*resource.Object `json:"objects"`
}

// FileReport is what is to be said of files that can be used, in the order of
// the objects.
type FileReport struct {
	Files []FileStatus `json:"files"`
}

// FileStatus is about the files of one object.
type FileStatus struct {
	Hostnames []string  `json:"hostnames,omitempty"` // that a certificate is for
	Expires   time.Time `json:"expires,omitzero"`
	Exposed   bool      `json:"exposed,omitempty"` // others on the machine can read the key
}

// Event is one line of a transaction's answer; exactly one field is set.
type Event struct {
	Progress *Progress `json:"progress,omitempty"`
	Verdict  *Verdict  `json:"verdict,omitempty"`
	Problem  *Problem  `json:"problem,omitempty"`
}

// Progress is one step of the rollout.
type Progress struct {
	Gateway   string `json:"gateway,omitempty"`
	Limiters  bool   `json:"limiters,omitempty"` // it is theirs, and no gateway's
	Phase     string `json:"phase"`
	Acked     int    `json:"acked"`
	Connected int    `json:"connected"`
	ElapsedMS int64  `json:"elapsed_ms"`
}

// Verdict is the end of a transaction that was tried.
type Verdict struct {
	Committed bool      `json:"committed"`
	Unchanged bool      `json:"unchanged,omitempty"` // all was as wanted: nothing was committed
	Revision  uint64    `json:"revision"`            // in force now
	Gateways  []Gateway `json:"gateways,omitempty"`
	Limiters  *Limiters `json:"limiters,omitempty"` // where rate limits change
	Objects   []Object  `json:"objects,omitempty"`  // as written
	Refusals  []Refusal `json:"refusals,omitempty"`
	Restored  bool      `json:"restored,omitempty"`
	Detail    string    `json:"detail,omitempty"`
}

// Gateway counts the Envoys that took a change.
type Gateway struct {
	Name          string `json:"name"` // "default/public"
	Acked         int    `json:"acked"`
	Connected     int    `json:"connected"`
	EverConnected bool   `json:"ever_connected"`
	ElapsedMS     int64  `json:"elapsed_ms"`
}

// Limiters counts the limiters that took a change.
type Limiters struct {
	Acked     int   `json:"acked"`
	Connected int   `json:"connected"`
	ElapsedMS int64 `json:"elapsed_ms"`
}

// Refusal is one Envoy's or limiter's, with the fields it may mean.
type Refusal struct {
	By     string  `json:"by"`
	What   string  `json:"what"`
	Text   string  `json:"text"`
	Silent bool    `json:"silent,omitempty"` // no refusal: there was no answer in time
	Fields []Field `json:"fields,omitempty"`
}

// Field is a field of an object.
type Field struct {
	ID   resource.ID `json:"id"`
	Path string      `json:"path"`
}

// Problem types (RFC 9457).
const (
	ProblemInvalid     = "invalid"     // 400, 413, 422: Fields says where
	ProblemStale       = "stale"       // 412: Moved says what
	ProblemOwned       = "owned"       // 409: another owner's or lineage's; Fields says which
	ProblemForbidden   = "forbidden"   // 403: a web page of another origin
	ProblemNotFound    = "not-found"   // 404
	ProblemMethod      = "method"      // 405: Allow says which
	ProblemInternal    = "internal"    // 500: a defect of the server
	ProblemUnavailable = "unavailable" // 503: stopping, too many in line, or the store cannot be written
)

// Problem is an error answer.
type Problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"` // of HTTP; in a stream, what it would have been
	Detail string  `json:"detail,omitempty"`
	Fields []Issue `json:"fields,omitempty"`
	Moved  []Moved `json:"moved,omitempty"`
}

// Issue is a problem with one field.
type Issue struct {
	Field
	Message string `json:"message"`
}

// Moved is an object that is not at the expected revision.
type Moved struct {
	ID       resource.ID `json:"id"`
	Expected uint64      `json:"expected"`
	Revision uint64      `json:"revision"` // 0: gone
	Owner    string      `json:"owner,omitempty"`
	Fields   []string    `json:"fields,omitempty"`
}

// RevisionList is the history of an owner, newest first.
type RevisionList struct {
	Revisions []Revision `json:"revisions"`
}

// Revision is one committed transaction.
type Revision struct {
	Revision    uint64    `json:"revision"`
	Transaction string    `json:"transaction,omitempty"`
	Owner       string    `json:"owner"`
	At          time.Time `json:"at"`
	Changed     int       `json:"changed"` // objects
}

// Status shows the fleet.
type Status struct {
	Identity Identity        `json:"identity"`
	Gateways []GatewayStatus `json:"gateways"`
	// Certificates are the Secrets and ConfigMaps that name files.
	Certificates []CertificateStatus `json:"certificates,omitempty"`
	RateLimits   *RateLimitStatus    `json:"rate_limits,omitempty"`
}

// RateLimitStatus shows what counts requests for all Envoys.
type RateLimitStatus struct {
	Address  string    `json:"address,omitempty"` // host:port where Envoys reach it; "" where they do not know
	Problem  string    `json:"problem,omitempty"` // why requests are not counted
	Limiters []Limiter `json:"limiters"`
}

// Limiter is one that is connected to be told the limits.
type Limiter struct {
	Node      string       `json:"node"`
	Connected time.Time    `json:"connected"`
	Types     []TypeStatus `json:"types"`
}

// CertificateStatus is what the server knows of files of certificates.
type CertificateStatus struct {
	ID      resource.ID `json:"id"`
	Files   []string    `json:"files"`
	Expires time.Time   `json:"expires,omitzero"`  // of what Envoys are served
	Problem string      `json:"problem,omitempty"` // why the files cannot be used, or what is served
}

// GatewayStatus shows the Envoys of one gateway.
type GatewayStatus struct {
	Name       string      `json:"name"`
	Applied    bool        `json:"applied"` // false: its Envoys wait for somebody to apply it
	Conditions *Conditions `json:"conditions,omitempty"`
	Envoys     []Envoy     `json:"envoys"`
}

// Envoy is one connected Envoy.
type Envoy struct {
	Node      string       `json:"node"`
	Version   string       `json:"version"` // Envoy's
	Connected time.Time    `json:"connected"`
	Delta     bool         `json:"delta"`
	Types     []TypeStatus `json:"types"`
}

// TypeStatus is where one Envoy stands with one resource type.
type TypeStatus struct {
	Type         string    `json:"type"` // "CDS"
	Sent         string    `json:"sent"`
	Acknowledged string    `json:"acknowledged"`
	Waiting      time.Time `json:"waiting,omitzero"`  // since when an answer is missing
	Refusal      string    `json:"refusal,omitempty"` // the last one's text, until the next acknowledgement
	RefusedAt    time.Time `json:"refused_at,omitzero"`
}
