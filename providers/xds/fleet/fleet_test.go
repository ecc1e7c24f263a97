package fleet_test

import (
	"testing"
	"time"

	"github.com/gwctl/gwctl/providers/xds/fleet"
)

func TestServesWhatIsSubscribedTo(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("CDS a 1", "CDS b 1", "EDS a 1", "EDS b 1", "LDS http 1", "RDS http 1", "RDS other 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(cds)
		m := expect(t, c, cds, "a 1", "b 1")
		// Endpoints must not wait: clusters are acknowledged when they have them.
		c.ask(eds, "a", "b")
		took(t, c, eds, "a 1", "b 1")
		c.ack(m)
		c.ask(lds)
		took(t, c, lds, "http 1")
		c.ask(rds, "http")
		took(t, c, rds, "http 1")
		silent(t, c, "other")
	})
}

func TestWaitsForNamesThatAreNotThereYet(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("EDS a 1", "RDS other 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(eds, "a", "b")
		took(t, c, eds, "a 1")
		silent(t, c, "other")
		edit(f, "EDS b 1")
		took(t, c, eds, "b 1")
	})
}

func TestOnlyWhatChangedIsSent(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("EDS a 1", "EDS b 1", "RDS http 1", "RDS x 1", "RDS y 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(eds, "a", "b")
		took(t, c, eds, "a 1", "b 1")
		c.ask(rds, "http")
		took(t, c, rds, "http 1")
		edit(f, "EDS b 2")
		took(t, c, eds, "b 2")
		edit(f, "EDS b 2", "RDS x 2", "EDS z 1")
		silent(t, c, "y")
	})
}

func TestRefusedVersionIsNotSentAgain(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("RDS http 1", "RDS other 1", "RDS third 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(rds, "http")
		took(t, c, rds, "http 1")
		edit(f, "RDS http 2")
		c.nack(expect(t, c, rds, "http 2"), "no such regex")
		silent(t, c, "other")
		edit(f, "RDS http 2")
		silent(t, c, "third")
		edit(f, "RDS http 1")
		took(t, c, rds, "http 1") // Envoy may have taken parts of 2
		edit(f, "RDS http 2")
		c.nack(expect(t, c, rds, "http 2"), "still not")
	})
}

func TestRoutesWaitUntilClustersAreWarm(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("CDS a 1", "EDS a 1", "RDS http 1", "LDS http 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(cds)
		took(t, c, cds, "a 1")
		c.ask(eds, "a")
		took(t, c, eds, "a 1")
		c.ask(lds)
		took(t, c, lds, "http 1")
		c.ask(rds, "http")
		took(t, c, rds, "http 1")

		edit(f, "RDS http 2", "LDS http 2", "CDS b 1", "EDS b 1")
		var warm message
		if delta {
			warm = expect(t, c, cds, "b 1")
		} else {
			warm = expect(t, c, cds, "a 1", "b 1")
		}
		c.ask(eds, "b")
		endpoints := expect(t, c, eds, "b 1")
		edit(f, "EDS a 2")
		more := expect(t, c, eds, "a 2") // nothing else is due before
		c.ack(endpoints)
		c.ack(more)
		c.ack(warm)
		took(t, c, lds, "http 2")
		took(t, c, rds, "http 2")
	})
}

func TestClusterIsTakenAwayAfterTheRoutes(t *testing.T) {
	f := fleet.New(fleet.Options{Grace: time.Nanosecond})
	f.Set(gateway, snapshot("CDS a 1", "CDS b 1", "EDS x 1", "RDS http 1"))
	c := connectDelta(t, serve(t, f), "envoy-1")
	c.ask(cds)
	took(t, c, cds, "a 1", "b 1")
	c.ask(rds, "http")
	took(t, c, rds, "http 1")
	edit(f, "-CDS a", "RDS http 2")
	routes := expect(t, c, rds, "http 2")
	c.ask(eds, "x")
	took(t, c, eds, "x 1") // and not the cluster
	c.ack(routes)
	if m := c.next(); m.url != cds || len(m.put) > 0 || len(m.removed) != 1 || m.removed[0] != "a" {
		t.Errorf("want the cluster removed: %+v", m)
	}
}

func TestClusterIsKeptForItsGrace(t *testing.T) {
	f := fleet.New(fleet.Options{Grace: time.Hour})
	f.Set(gateway, snapshot("CDS a 1", "CDS b 1", "RDS http 1", "RDS x 1", "RDS y 1"))
	ads := serve(t, f)
	c, s := connectDelta(t, ads, "envoy-1"), connectState(t, ads, "envoy-2")
	for _, c := range []client{c, s} {
		c.ask(cds)
		took(t, c, cds, "a 1", "b 1")
	}
	eventually(t, "both have them", func() bool { return f.Standing(gateway, nil).Current == 2 })
	edit(f, "-CDS a")
	silent(t, c, "http")
	silent(t, s, "http")
	edit(f, "CDS c 1")
	took(t, c, cds, "c 1")
	took(t, s, cds, "a 1", "b 1", "c 1") // a is still there
	edit(f, "CDS a 1")                   // wanted again
	silent(t, c, "x")
	silent(t, s, "x")
	edit(f, "-CDS b")
	f.Edit(gateway, fleet.Edit{Remove: []fleet.Key{{Type: "CDS", Name: "c"}}, Unrouted: true})
	if m := c.next(); m.url != cds || len(m.removed) != 1 || m.removed[0] != "c" {
		t.Errorf("want what no route ever named removed at once: %+v", m)
	}
	took(t, s, cds, "a 1", "b 1")
}

func TestClusterThatChangesGetsItsEndpointsAgain(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("CDS a 1", "EDS a 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(cds)
		took(t, c, cds, "a 1")
		c.ask(eds, "a")
		took(t, c, eds, "a 1")
		edit(f, "CDS a 2")
		took(t, c, cds, "a 2")
		took(t, c, eds, "a 1")
	})
}

func TestEndpointsThatWereDroppedAreSentAgain(t *testing.T) {
	protocols(t, func(t *testing.T, delta bool) {
		f := fleet.New(fleet.Options{})
		f.Set(gateway, snapshot("EDS a 1", "EDS b 1"))
		c := connect(t, serve(t, f), "envoy-1", delta)
		c.ask(eds, "a", "b")
		took(t, c, eds, "a 1", "b 1")
		c.ask(eds, "-a")
		edit(f, "EDS a 2")
		c.ask(eds, "a")
		took(t, c, eds, "a 2")
		c.ask(eds, "-a")
		c.ask(eds, "a")
		took(t, c, eds, "a 2")
	})
}

func TestListenerIsRemovedAtOnce(t *testing.T) {
	f := fleet.New(fleet.Options{})
	f.Set(gateway, snapshot("LDS a 1", "LDS b 1"))
	ads := serve(t, f)
	c, s := connectDelta(t, ads, "envoy-1"), connectState(t, ads, "envoy-2")
	c.ask(lds)
	took(t, c, lds, "a 1", "b 1")
	s.ask(lds)
	took(t, s, lds, "a 1", "b 1")
	edit(f, "-LDS a")
	if m := c.next(); len(m.put) > 0 || len(m.removed) != 1 || m.removed[0] != "a" {
		t.Errorf("want the listener removed: %+v", m)
	}
	took(t, s, lds, "b 1")
}

func TestReconnectedEnvoyGetsTheDifference(t *testing.T) {
	f := fleet.New(fleet.Options{Grace: time.Nanosecond})
	f.Set(gateway, snapshot("CDS a 1", "CDS b 2", "EDS a 1", "EDS b 1", "LDS http 1", "RDS http 1", "RDS other 1"))
	ads := serve(t, f)
	same := connectDelta(t, ads, "envoy-1")
	same.initial = map[string]map[string]string{
		cds: {"a": "1", "b": "2"}, eds: {"a": "1", "b": "1"}, lds: {"http": "1"}, rds: {"http": "1"},
	}
	same.ask(cds)
	same.ask(eds, "a", "b")
	same.ask(lds)
	same.ask(rds, "http")
	silent(t, same, "other")

	behind := connectDelta(t, ads, "envoy-2")
	behind.initial = map[string]map[string]string{
		cds: {"a": "1", "b": "1", "old": "1"}, eds: {"a": "1", "b": "1", "old": "1"}, lds: {"http": "0", "old": "1"}, rds: {"http": "1"},
	}
	behind.ask(cds)
	took(t, behind, cds, "b 2")
	if m := behind.next(); m.url != cds || len(m.removed) != 1 || m.removed[0] != "old" {
		t.Fatalf("want the old cluster removed: %+v", m)
	}
	behind.ask(eds, "a", "b", "old")
	took(t, behind, eds, "b 1") // the cluster changed in place
}

func TestWhatWasRefusedIsNotBelievedOnReconnect(t *testing.T) {
	f := fleet.New(fleet.Options{})
	f.Set(gateway, snapshot("LDS a 1", "LDS c 1"))
	ads := serve(t, f)
	c := connectDelta(t, ads, "envoy-1")
	c.ask(lds)
	took(t, c, lds, "a 1", "c 1")
	edit(f, "LDS a 2", "LDS b 1")
	c.nack(expect(t, c, lds, "a 2", "b 1"), "cannot bind") // but a 2 may live, or b
	c.leave()
	edit(f, "LDS a 1", "-LDS b")

	c = connectDelta(t, ads, "envoy-1")
	c.initial = map[string]map[string]string{lds: {"a": "1", "c": "1"}}
	c.ask(lds)
	m := c.next()
	if len(m.put) != 1 || m.put[0] != "a 1" || len(m.removed) != 1 || m.removed[0] != "b" {
		t.Errorf("want a sent again and b removed: %+v", m)
	}
}

func TestUnfinishedChangeIsNotBelievedAfterARestart(t *testing.T) {
	f := fleet.New(fleet.Options{})
	f.Set(gateway, snapshot("LDS a 1", "LDS c 1"))
	f.Suspect(gateway, snapshot("LDS a 1", "LDS c 1"), snapshot("LDS a 2", "LDS b 1", "LDS c 1"))
	c := connectDelta(t, serve(t, f), "envoy-1")
	c.initial = map[string]map[string]string{lds: {"a": "1", "c": "1"}}
	c.ask(lds)
	if m := c.next(); len(m.put) != 1 || m.put[0] != "a 1" || len(m.removed) != 1 || m.removed[0] != "b" {
		t.Errorf("want a sent again and b removed: %+v", m)
	}
}
