package resource

// Flow is what traffic notices of a route: requests of one kind, and where
// they go.
type Flow struct {
	Match  string             // "shop.example.com GET /api"
	To     map[string]float64 // share of each backend, by the name users gave it; sums to 1
	Answer string             // what the gateway answers itself: "redirect 301 to /new"
}

// Traffic is what requests notice of one block, among the objects around it.
type Traffic struct {
	Flows    []ServedFlow
	Problems []TrafficProblem
}

// ServedFlow is a flow with the place where its requests come in. What is no
// route's, such as the endpoints of a backend, has no place.
type ServedFlow struct {
	Flow
	Gateway ID
	Port    int64    // 0 where nobody knows the gateway
	Ports   int      // how many the gateway has
	Host    string   // first word of Match
	Own     string   // the route's hostname that Host comes from, "" for none: decides precedence
	Claims  []string // what a route claims that could have the same match at this place
	Part    string   // label of the nested block that it comes from
}

// TrafficProblem says why requests do not go where a block says.
type TrafficProblem struct {
	Of   ID     // the object that is referred to
	Text string // continues a sentence: "gateway default/typo does not exist, so nothing reaches it"
}

// Find returns an object; nil where there is none or, unless known, where
// nobody looked.
type Find func(ID) (o *Object, known bool)
