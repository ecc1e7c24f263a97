package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/diag"
	"github.com/gwctl/gwctl/internal/resource"
	"github.com/gwctl/gwctl/internal/topology"
	"github.com/gwctl/gwctl/views"
)

func (c *cli) getCommand() *cobra.Command {
	var f lookFlags
	var output, relatedTo string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "get [flags] TYPE [NAME]...",
		Short: "List live gateways, routes and backends, whoever owns them",
		Long: `Lists what is live on the targets of the configuration's provider blocks or,
in a folder without a configuration, in the cluster of the current kubeconfig
context. Of the configuration nothing but the provider blocks is read, so that a
mistake in it keeps nobody from looking.

TYPE is one of ` + nounList() + `,
or several with a comma between them; backends are those of Envoy Gateway, and
Services. TYPE/NAME works as well.

    gwctl get gateways
    gwctl get httproutes -A -o wide
    gwctl get httproutes -for gateway/public
    gwctl get gateway/public -o yaml`,
		Args: args(1, 1000, "what to get: gateways, httproutes, gatewayclasses, backends"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			format, err := getFormat(output, asJSON)
			if err != nil {
				return &usageError{cmd, err.Error()}
			}
			all, err := wantedOf(arguments)
			if err != nil {
				return &usageError{cmd, err.Error()}
			}
			places, err := c.places(cmd.Context(), &f)
			if err != nil {
				return err
			}
			found, err := look(cmd.Context(), places, all)
			if err != nil {
				return err
			}
			absent := missing(cmd.Context(), places, all, found)
			if relatedTo != "" {
				if err := keepRelated(cmd.Context(), places, found, relatedTo); err != nil {
					return err
				}
			}
			document := format == views.GetJSON || format == views.GetYAML
			if absent != nil && document {
				return absent // one document, or none
			}
			tables := merged(all, found)
			if !document && absent == nil {
				c.sayWhatIsNotThere(places, all, tables)
			}
			single := len(all) == 1 && len(all[0].names) == 1
			if err := views.NewGet(c.viewOptions(format == views.GetJSON, false), format).Get(tables, single); err != nil {
				return err
			}
			return absent
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().StringVarP(&output, "output", "o", "", "-o: another `format`: wide, json or yaml")
	cmd.Flags().StringVar(&relatedTo, "for", "", "only objects that refer to this one or that it refers to: `TYPE/NAME` or TYPE/NAMESPACE/NAME")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, as -o json")
	return cmd
}

func getFormat(output string, asJSON bool) (views.GetFormat, error) {
	switch {
	case asJSON && output != "" && output != string(views.GetJSON):
		return "", fmt.Errorf("-json and -o %s ask for two formats", output)
	case asJSON:
		return views.GetJSON, nil
	case output != "" && !slices.Contains(views.GetFormats, output):
		return "", fmt.Errorf("-o cannot be %q.%s", output, diag.Allowed(output, views.GetFormats))
	}
	return views.GetFormat(output), nil
}

// merged puts the objects of all places into one table for each noun.
func merged(all []wanted, found [][]views.FoundTypes) []views.FoundTypes {
	out := make([]views.FoundTypes, len(all))
	for i, w := range all {
		out[i].Types = w.types
		for _, at := range found {
			out[i].Objects = append(out[i].Objects, at[i].Objects...)
		}
	}
	return out
}

// sayWhatIsNotThere tells people of empty tables.
func (c *cli) sayWhatIsNotThere(places []place, all []wanted, tables []views.FoundTypes) {
	for i, w := range all {
		if len(tables[i].Objects) > 0 {
			continue
		}
		text := "No " + w.plural + whereText(places, w.noun) + "."
		if !w.clusterWide && places[0].namespace != "" {
			text += " -A looks in all namespaces."
		}
		fmt.Fprintln(c.Err, text)
	}
}

// keepRelated leaves of what was found what hangs together with one object.
func keepRelated(ctx context.Context, places []place, found [][]views.FoundTypes, to string) error {
	parts := strings.Split(to, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return fmt.Errorf("-for is TYPE/NAME or TYPE/NAMESPACE/NAME, and not %q", to)
	}
	n, err := nounOf(parts[0])
	if err != nil {
		return fmt.Errorf("-for: %w", err)
	}
	w := wanted{noun: n, names: parts[len(parts)-1:]}
	at := slices.Clone(places)
	if len(parts) == 3 {
		for i := range at {
			at[i].namespace = parts[1]
		}
	}
	for i := range at {
		at[i].labels = nil
	}
	anchors, err := look(ctx, at, []wanted{w})
	if err != nil {
		return err
	}
	if err := missing(ctx, at, []wanted{w}, anchors); err != nil {
		return fmt.Errorf("-for: %w", err)
	}
	for i := range found {
		for j := range found[i] {
			found[i][j].Objects = slices.DeleteFunc(found[i][j].Objects, func(f views.Found) bool {
				return !slices.ContainsFunc(anchors[i][0].Objects, func(a views.Found) bool {
					return topology.Related(a.Object, f.Object) && resource.IDOf(a.Object) != resource.IDOf(f.Object)
				})
			})
		}
	}
	return nil
}
