package planner

import (
	"fmt"
	"strings"
)

// More deletions than both of these are taken for a mistake.
const (
	manyObjects = 10
	manyPercent = 20
)

// guardDeletes refuses to delete much of a kind unless it was said how much.
func (pl *planning) guardDeletes(changes []ObjectChange) {
	deletes := map[string]int{}
	total := 0
	for i := range changes {
		if changes[i].Action == Delete {
			deletes[changes[i].ID.Kind]++
			total++
		}
	}
	if total <= manyObjects || total <= pl.in.AllowDestroy {
		return
	}
	owned := map[string]int{}
	for k, l := range pl.live {
		if !pl.in.Refreshed || pl.holderOf(l.Object) == ours {
			owned[k.id.Kind]++
		}
	}
	var much []string
	for _, kind := range sortedKeys(deletes) {
		if n := deletes[kind]; n > manyObjects && n*100 > owned[kind]*manyPercent {
			much = append(much, fmt.Sprintf("%d of %d live %s objects", n, owned[kind], kind))
		}
	}
	if len(much) == 0 {
		return
	}
	pl.fail("Much would be deleted",
		fmt.Sprintf("The plan deletes %s. More than %d objects and %d%% of a kind go only when it is said that this is meant: -allow-destroy=%d.",
			strings.Join(much, " and "), manyObjects, manyPercent, total), nil)
}
