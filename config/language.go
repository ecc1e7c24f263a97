package config

import (
	"slices"

	"github.com/gwctl/gwctl/config/schema"
	"github.com/zclconf/go-cty/cty"
)

// verbatim is the type of arguments whose expression is read as it stands and
// not evaluated.
var verbatim = cty.DynamicPseudoType

// language describes the blocks of the top level that are no kinds. What is
// written is checked against the description that the reference is made from.
var language = []schema.Block{gwctlBlock, providerBlock, variableBlock, localsBlock, moduleBlock, outputBlock, importBlock, movedBlock, removedBlock}

var gwctlBlock = schema.Block{
	Type: "gwctl",
	Doc:  "Settings of the configuration itself. At most one; in a module only `required_version`.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "name", Type: cty.String, Default: "the folder's name", Doc: "The owner: everything that the configuration applies belongs to it. Two configurations for one target need different names."},
			{Name: "required_version", Type: cty.String, Doc: "Versions of gwctl that may be used: `>= 0.1, < 1`. Operators are `=`, `!=`, `>`, `>=`, `<`, `<=` and `~>`."},
		},
		Blocks: []schema.Block{{
			Type: "state", Label: "type", Max: 1,
			Doc: "Where the state is kept. Without it, in the file `gwctl.state.json` in the configuration's folder.",
		}},
	},
}

var providerBlock = schema.Block{
	Type: "provider", Label: "type",
	Doc: "A target that blocks are applied to. Blocks that name none belong to the only one, or to the only one without an alias.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "alias", Type: cty.String, Doc: "A second name, where there are several of a type: blocks then say `provider = xds.eu`."},
	}},
}

var variableBlock = schema.Block{
	Type: "variable", Label: "name",
	Doc: "A value that comes from outside: `-var`, `-var-file`, `*.gwvars` files, `GWCTL_VAR_name`, or the caller of a module.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "type", Type: verbatim, Default: "any", Doc: "What the value must be: `string`, `number`, `bool`, `list(...)`, `set(...)`, `map(...)`, `object({ a = string, b = optional(number, 1) })`, `tuple([...])` or `any`."},
			{Name: "default", Type: cty.DynamicPseudoType, Doc: "Value where none is given. Without it, one must be given."},
			{Name: "description", Type: cty.String, Doc: "What the variable is for."},
			{Name: "sensitive", Type: cty.Bool, Default: "false", Doc: "Hides the value from output and keeps it out of plans."},
			{Name: "nullable", Type: cty.Bool, Default: "true", Doc: "Whether the value may be null; if not, null stands for the default."},
		},
		Blocks: []schema.Block{{
			Type: "validation", Doc: "A condition that values must meet.",
			Body: schema.Body{Attrs: []schema.Attr{
				{Name: "condition", Type: cty.Bool, Required: true, Doc: "True for values that are allowed."},
				{Name: "error_message", Type: cty.String, Required: true, Doc: "What to say where it is false."},
			}},
		}},
	},
}

var localsBlock = schema.Block{
	Type: "locals",
	Doc:  "Values with a name, for use as `local.NAME`. Any argument is a name.",
}

var outputBlock = schema.Block{
	Type: "output", Label: "name",
	Doc: "A value that is shown after an apply; of a module, one that its caller may use.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "value", Type: cty.DynamicPseudoType, Required: true, Doc: "What is shown, such as a URL."},
		{Name: "description", Type: cty.String, Doc: "What the value is."},
		{Name: "sensitive", Type: cty.Bool, Default: "false", Doc: "Hides the value, and is required where it comes from something sensitive."},
		{Name: "depends_on", Type: verbatim, Doc: "As in Terraform; outputs wait for nothing."},
	}},
}

var moduleBlock = schema.Block{
	Type: "module", Label: "name",
	Doc: "Another folder's blocks, with values for its variables. Every other argument is a variable of the module.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "source", Type: cty.String, Required: true, Doc: "The folder: `./x` or `../x`, from the folder of the file."},
		{Name: "for_each", Type: cty.DynamicPseudoType, Doc: "One instance for each element of a map, an object or a set of strings."},
		{Name: "count", Type: cty.Number, Doc: "So many instances."},
		{Name: "providers", Type: verbatim, Default: "the caller's", Doc: "Providers of the module's blocks: `{ xds = xds.eu }`."},
		{Name: "depends_on", Type: verbatim, Doc: "Blocks that are applied before any of the module's."},
	}},
}

var importBlock = schema.Block{
	Type: "import",
	Doc:  "Says that the object that a block makes is there already, and comes into gwctl's care: the next apply marks it as its own, and makes it as the block says. Afterwards the import block may go. Objects that another owner has are not taken over.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "to", Type: verbatim, Required: true, Doc: "The block: `http_route.orders`, `backend.x[\"k\"]`."},
		{Name: "id", Type: cty.String, Default: "the block's object", Doc: "The object, `\"shop/orders\"` or `\"orders\"`, to be sure that it is the block's: its `name` and `namespace` say which one that is."},
	}},
}

var movedBlock = schema.Block{
	Type: "moved",
	Doc:  "Says that a block has a new address, so that what it made is still its own. An object that is called as its block gets the new name: it is made anew, before the old one goes. To keep the object as it is, give the block its old name: `name = \"a\"`.",
	Body: schema.Body{Attrs: []schema.Attr{
		{Name: "from", Type: verbatim, Required: true, Doc: "The old address: `http_route.a`, `backend.x[\"k\"]`, `module.m`."},
		{Name: "to", Type: verbatim, Required: true, Doc: "The new address."},
	}},
}

var removedBlock = schema.Block{
	Type: "removed",
	Doc:  "Says what happens to what a block made that is no more here.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "from", Type: verbatim, Required: true, Doc: "The address: `http_route.a`, `module.m`."},
		},
		Blocks: []schema.Block{{
			Type: "lifecycle", Max: 1, Doc: "What happens.",
			Body: schema.Body{Attrs: []schema.Attr{
				{Name: "destroy", Type: cty.Bool, Default: "true", Doc: "`false`: it stays live and leaves gwctl's care."},
			}},
		}},
	},
}

// metaArguments are what blocks of every kind take.
var metaArguments = schema.Body{
	Attrs: []schema.Attr{
		{Name: "for_each", Type: cty.DynamicPseudoType, Doc: "One instance for each element of a map, an object or a set of strings; in the block, `each.key` and `each.value` are the element's."},
		{Name: "count", Type: cty.Number, Doc: "So many instances; in the block, `count.index` counts them from 0."},
		{Name: "depends_on", Type: verbatim, Doc: "Blocks that are applied before this one, besides those it refers to: `[gateway.public, module.x]`."},
		{Name: "provider", Type: verbatim, Default: "the only one", Doc: "The provider block that applies it: `xds` or `xds.eu`."},
	},
	Blocks: []schema.Block{{
		Type: "lifecycle", Max: 1, Doc: "How changes are made.",
		Body: schema.Body{Attrs: []schema.Attr{
			{Name: "prevent_destroy", Type: cty.Bool, Default: "false", Doc: "Refuses every plan that would delete it."},
			{Name: "ignore_changes", Type: verbatim, Doc: "Arguments whose changes elsewhere are left alone: `[hostnames, rule.api.forward]`, or `all`."},
		}},
	}},
}

var dynamicBlock = schema.Block{
	Type: "dynamic", Label: "block type",
	Doc: "Nested blocks from the elements of a collection. In the content, `TYPE.key` and `TYPE.value` are the element's.",
	Body: schema.Body{
		Attrs: []schema.Attr{
			{Name: "for_each", Type: cty.DynamicPseudoType, Required: true, Doc: "A map, an object, a list or a set."},
			{Name: "iterator", Type: verbatim, Default: "the block type", Doc: "Another name for the element."},
			{Name: "labels", Type: cty.List(cty.String), Doc: "The label of each block, where its type takes one."},
		},
		Blocks: []schema.Block{{Type: "content", Min: 1, Max: 1, Doc: "The arguments and blocks of each."}},
	},
}

// withMetaArguments returns the body of a kind with what every kind takes.
func withMetaArguments(b schema.Body) schema.Body {
	return schema.Body{
		Attrs:  slices.Concat(b.Attrs, metaArguments.Attrs),
		Blocks: slices.Concat(b.Blocks, metaArguments.Blocks),
	}
}

// isMeta reports whether an argument or block is not the kind's own.
func isMeta(name string) bool {
	return name == "lifecycle" || slices.ContainsFunc(metaArguments.Attrs, func(a schema.Attr) bool { return a.Name == name })
}
