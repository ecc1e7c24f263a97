package api

import "github.com/gwctl/gwctl/internal/resource"

// Conditions is what the server says of a Gateway, a ListenerSet, a route or a
// policy, in the Gateway API's terms. It follows from the objects in force:
// there is no generation that it could be behind.
type Conditions struct {
	Conditions []Condition          `json:"conditions,omitempty"` // of a Gateway, a ListenerSet or a policy
	Listeners  []ListenerConditions `json:"listeners,omitempty"`  // of a Gateway or a ListenerSet, in its order
	Parents    []ParentConditions   `json:"parents,omitempty"`    // of a route, in the order of its parentRefs
	Ancestors  []resource.ID        `json:"ancestors,omitempty"`  // of a policy: the Gateways that it matters to
	// AttachedListenerSets counts those that a Gateway has accepted.
	AttachedListenerSets int `json:"attachedListenerSets,omitempty"`
}

// Condition has the type and the reason that the Gateway API defines.
type Condition struct {
	Type    string `json:"type"`
	Status  bool   `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message,omitempty"`
}

// ListenerConditions are those of one listener.
type ListenerConditions struct {
	Name           string      `json:"name"`
	AttachedRoutes int         `json:"attachedRoutes"`
	Conditions     []Condition `json:"conditions"`
}

// ParentConditions are those of a route at one of its parents.
type ParentConditions struct {
	Parent      resource.ID `json:"parent"`
	SectionName string      `json:"sectionName,omitempty"`
	Port        int32       `json:"port,omitempty"`
	Conditions  []Condition `json:"conditions"`
}
