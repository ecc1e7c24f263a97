package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/views"
)

func (c *cli) describeCommand() *cobra.Command {
	var f lookFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "describe [flags] TYPE [NAME]...",
		Short: "Show live gateways, routes and backends with all that is around them",
		Long: `Shows for each object who owns it and who set its fields, which listeners of
which gateways its route really attaches to and why not to others, where its
requests go, what controllers say of it and whether that is of its present
generation, and what happened to it.

It looks where gwctl get does. TYPE is one of
` + nounList() + `.

    gwctl describe httproute orders
    gwctl describe gateways -A
    gwctl describe gateway/public -context prod`,
		Args: args(1, 1000, "what to describe: gateways, httproutes, gatewayclasses, backends"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
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
			if absent != nil && asJSON {
				return absent // one document, or none
			}
			descriptions, err := describe(cmd.Context(), places, found)
			if err != nil {
				return err
			}
			if !asJSON && absent == nil {
				c.sayWhatIsNotThere(places, all, merged(all, found))
			}
			if err := views.NewDescribe(c.viewOptions(asJSON, false)).Describe(descriptions); err != nil {
				return err
			}
			return absent
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// describe finds out what is around the objects of each place.
func describe(ctx context.Context, places []place, found [][]views.FoundTypes) ([]views.Description, error) {
	var out []views.Description
	for i, p := range places {
		var objects []views.Found
		for _, at := range found[i] {
			objects = append(objects, at.Objects...)
		}
		s, err := p.surroundings(ctx, objects)
		if err != nil {
			return nil, p.explain(err)
		}
		for _, o := range objects {
			d, err := s.describe(ctx, o)
			if err != nil {
				return nil, p.explain(err)
			}
			out = append(out, d)
		}
	}
	return slices.Clip(out), nil
}
