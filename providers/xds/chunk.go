package xds

import (
	"net/url"
	"slices"

	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/providers/xds/api"
)

// maxQuery bounds the length of a query: half of what the server takes as
// headers.
const maxQuery = api.MaxHeader / 2

// inChunks asks for identities, each once, as many at a time as a query may
// name.
func inChunks(ids []resource.ID, ask func(chunk []string) error) error {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, resource.ID.Compare)
	ids = slices.Compact(ids)
	for len(ids) > 0 {
		var chunk []string
		for size := 0; len(ids) > 0 && len(chunk) < api.MaxIDs; ids = ids[1:] {
			text := api.FormatID(ids[0])
			size += len("&id=") + len(url.QueryEscape(text))
			if size > maxQuery && len(chunk) > 0 {
				break
			}
			chunk = append(chunk, text)
		}
		if err := ask(chunk); err != nil {
			return err
		}
	}
	return nil
}
