package translate

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// reasonParentNotProgrammed is a reason that ListenerSetConditionProgrammed
// lists, and that has no constant.
const reasonParentNotProgrammed = "ParentNotProgrammed"

// serves counts the listeners that clients get something from. A set without
// any is not accepted.
func (s *listenerSet) serves() int {
	n := 0
	for _, l := range s.listeners {
		if l.served() && (l.tls == nil || l.open()) {
			n++
		}
	}
	return n
}

func (s *listenerSet) status(attached attachments) *Status {
	refuse := func(accepted Condition, listeners []ListenerStatus) *Status {
		programmed := accepted
		programmed.Type = string(gatewayv1.ListenerSetConditionProgrammed)
		return &Status{Conditions: []Condition{accepted, programmed}, Listeners: listeners}
	}
	if s.gateway == nil {
		return refuse(s.refused, nil)
	}
	var listeners []ListenerStatus
	for _, l := range s.listeners {
		listeners = append(listeners, l.status(len(attached.of(l).attached)))
	}
	accepted := Condition{Type: string(gatewayv1.ListenerSetConditionAccepted), Status: true, Reason: string(gatewayv1.ListenerSetReasonAccepted)}
	serves := s.serves()
	if serves < len(s.listeners) {
		accepted.Reason = string(gatewayv1.ListenerSetReasonListenersNotValid)
		accepted.Message = "Some listeners are not valid: see theirs."
	}
	if serves == 0 {
		accepted.Status, accepted.Reason = false, string(gatewayv1.ListenerSetReasonListenersNotValid)
		accepted.Message = "No listener is valid."
		return refuse(accepted, listeners)
	}
	programmed := Condition{Type: string(gatewayv1.ListenerSetConditionProgrammed), Status: true, Reason: string(gatewayv1.ListenerSetReasonProgrammed)}
	if s.gateway.refuses(gatewayv1.GatewayConditionProgrammed) {
		programmed.Status, programmed.Reason, programmed.Message = false, reasonParentNotProgrammed, "The Gateway is not programmed."
	}
	return &Status{Conditions: []Condition{accepted, programmed}, Listeners: listeners}
}
