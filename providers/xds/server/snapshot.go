package server

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gwctl/gwctl/providers/xds/rollout"
	"github.com/gwctl/gwctl/providers/xds/store"
	"github.com/gwctl/gwctl/providers/xds/translate"
)

// resourceHead stands before the body of a stored resource. Origins are left
// out: only what is new can be refused.
type resourceHead struct {
	Version  string   `json:"version"`
	Clusters []string `json:"clusters,omitempty"`
}

func encodeResource(gateway string, r *translate.Resource) (store.Resource, error) {
	head, err := json.Marshal(resourceHead{Version: r.Version, Clusters: r.Clusters})
	if err != nil {
		return store.Resource{}, err
	}
	data := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64+len(head)+len(r.Body)), uint64(len(head)))
	data = append(append(data, head...), r.Body...)
	return store.Resource{Key: keyOf(gateway, r), Data: data}, nil
}

func decodeResource(kept store.Resource) (*translate.Resource, error) {
	length, n := binary.Uvarint(kept.Data)
	if n <= 0 || length > uint64(len(kept.Data)-n) {
		return nil, errors.New("its head is cut off")
	}
	var head resourceHead
	if err := json.Unmarshal(kept.Data[n:n+int(length)], &head); err != nil {
		return nil, fmt.Errorf("its head: %w", err)
	}
	return &translate.Resource{
		Type: translate.Type(kept.Type), Name: kept.Name,
		Version: head.Version, Clusters: head.Clusters, Body: kept.Data[n+int(length):],
	}, nil
}

func keyOf(gateway string, r *translate.Resource) store.Key {
	return store.Key{Gateway: gateway, Type: string(r.Type), Name: r.Name}
}

// difference lists the resources that are new, changed or gone, sorted.
func difference(gateway string, from, to *translate.Snapshot) []store.Key {
	var keys []store.Key
	for _, typ := range translate.Types {
		old, wanted := from.Of(typ), to.Of(typ)
		for name, r := range wanted {
			if was := old[name]; was == nil || was.Version != r.Version {
				keys = append(keys, keyOf(gateway, r))
			}
		}
		for name, r := range old {
			if wanted[name] == nil {
				keys = append(keys, keyOf(gateway, r))
			}
		}
	}
	slices.SortFunc(keys, store.Key.Compare)
	return keys
}

// plan finds what the Envoys of each gateway have to go through. A gateway that
// stays as it is keeps its snapshot, and is no part of it.
func plan(from, to map[string]*translate.Snapshot) (moves []rollout.Change, touched []store.Key) {
	names := maps.Clone(from)
	maps.Copy(names, to)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		keys := difference(name, from[name], to[name])
		if len(keys) == 0 && (from[name] == nil) == (to[name] == nil) {
			continue
		}
		moves = append(moves, rollout.Change{Gateway: name, From: from[name], To: to[name]})
		touched = append(touched, keys...)
	}
	return moves, touched
}

// reversed is the way back.
func reversed(moves []rollout.Change) []rollout.Change {
	back := make([]rollout.Change, len(moves))
	for i, m := range moves {
		back[i] = rollout.Change{Gateway: m.Gateway, From: m.To, To: m.From}
	}
	return back
}
