// Package functions holds the functions that expressions may call: those that
// Terraform users know, without the ones whose result differs from call to
// call, since a plan must repeat.
package functions

import (
	"maps"
	"slices"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/go-cty-funcs/collection"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Table returns the functions by name. Those that read files take relative
// paths from the folder of the module, and where nothing is there, from the
// root's: that is where "${path.module}/x" and paths that were passed in lead.
func Table(module, root string) map[string]function.Function {
	table := maps.Clone(pure)
	maps.Copy(table, refused)
	files := files{module, root}
	maps.Copy(table, files.table())
	// A template calls every function but the two that render templates, so
	// that rendering ends.
	inner := maps.Clone(table)
	table["templatefile"] = files.templateFile(inner)
	table["templatestring"] = templateString(inner)
	return table
}

// Names returns the names of the functions that answer, sorted: those that only
// say why they are missing are left out.
func Names() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(Table(".", "."))), func(name string) bool {
		_, ok := refused[name]
		return ok
	})
}

// refused are functions of Terraform that only say why they are missing.
var refused = map[string]function.Function{
	"bcrypt":        refuse("bcrypt salts its result, so that it differs each time"),
	"plantimestamp": refuse("plantimestamp differs each time"),
	"timestamp":     refuse("timestamp differs each time"),
	"uuid":          refuse("uuid differs each time; uuidv5 does not"),
}

// pure are the functions of their arguments alone.
var pure = map[string]function.Function{
	"abs":              stdlib.AbsoluteFunc,
	"alltrue":          allTrue,
	"anytrue":          anyTrue,
	"base64decode":     base64Decode,
	"base64encode":     encoding.Base64EncodeFunc,
	"basename":         baseName,
	"can":              tryfunc.CanFunc,
	"ceil":             stdlib.CeilFunc,
	"chomp":            stdlib.ChompFunc,
	"chunklist":        stdlib.ChunklistFunc,
	"cidrhost":         cidr.HostFunc,
	"cidrnetmask":      cidr.NetmaskFunc,
	"cidrsubnet":       cidr.SubnetFunc,
	"cidrsubnets":      cidr.SubnetsFunc,
	"coalesce":         collection.CoalesceFunc,
	"coalescelist":     stdlib.CoalesceListFunc,
	"compact":          stdlib.CompactFunc,
	"concat":           stdlib.ConcatFunc,
	"contains":         stdlib.ContainsFunc,
	"csvdecode":        stdlib.CSVDecodeFunc,
	"dirname":          dirName,
	"distinct":         stdlib.DistinctFunc,
	"element":          stdlib.ElementFunc,
	"endswith":         endsWith,
	"flatten":          stdlib.FlattenFunc,
	"floor":            stdlib.FloorFunc,
	"format":           stdlib.FormatFunc,
	"formatdate":       stdlib.FormatDateFunc,
	"formatlist":       stdlib.FormatListFunc,
	"indent":           stdlib.IndentFunc,
	"index":            indexOf,
	"issensitive":      isSensitive,
	"join":             stdlib.JoinFunc,
	"jsondecode":       jsonDecode,
	"jsonencode":       stdlib.JSONEncodeFunc,
	"keys":             stdlib.KeysFunc,
	"length":           length,
	"log":              logarithm,
	"lookup":           lookup,
	"lower":            stdlib.LowerFunc,
	"matchkeys":        matchKeys,
	"max":              stdlib.MaxFunc,
	"md5":              md5Hex,
	"merge":            stdlib.MergeFunc,
	"min":              stdlib.MinFunc,
	"nonsensitive":     nonsensitive,
	"one":              one,
	"parseint":         stdlib.ParseIntFunc,
	"pow":              power,
	"range":            stdlib.RangeFunc,
	"regex":            stdlib.RegexFunc,
	"regexall":         stdlib.RegexAllFunc,
	"replace":          replace,
	"reverse":          stdlib.ReverseListFunc,
	"sensitive":        sensitive,
	"setintersection":  stdlib.SetIntersectionFunc,
	"setproduct":       stdlib.SetProductFunc,
	"setsubtract":      stdlib.SetSubtractFunc,
	"setsymdifference": stdlib.SetSymmetricDifferenceFunc,
	"setunion":         stdlib.SetUnionFunc,
	"sha1":             sha1Hex,
	"sha256":           sha256Hex,
	"sha512":           sha512Hex,
	"base64sha256":     sha256Base64,
	"base64sha512":     sha512Base64,
	"signum":           stdlib.SignumFunc,
	"slice":            stdlib.SliceFunc,
	"sort":             stdlib.SortFunc,
	"split":            stdlib.SplitFunc,
	"startswith":       startsWith,
	"strcontains":      strContains,
	"strrev":           stdlib.ReverseFunc,
	"substr":           stdlib.SubstrFunc,
	"sum":              sum,
	"timeadd":          stdlib.TimeAddFunc,
	"timecmp":          timeCompare,
	"title":            stdlib.TitleFunc,
	"tobool":           stdlib.MakeToFunc(cty.Bool),
	"tolist":           toList,
	"tomap":            toMap,
	"tonumber":         stdlib.MakeToFunc(cty.Number),
	"toset":            toSet,
	"tostring":         stdlib.MakeToFunc(cty.String),
	"transpose":        transpose,
	"trim":             stdlib.TrimFunc,
	"trimprefix":       stdlib.TrimPrefixFunc,
	"trimspace":        stdlib.TrimSpaceFunc,
	"trimsuffix":       stdlib.TrimSuffixFunc,
	"try":              tryfunc.TryFunc,
	"upper":            stdlib.UpperFunc,
	"urlencode":        encoding.URLEncodeFunc,
	"uuidv5":           uuid.V5Func,
	"values":           stdlib.ValuesFunc,
	"yamldecode":       yamlDecode,
	"yamlencode":       yamlEncode,
	"zipmap":           stdlib.ZipmapFunc,
}

// text is a parameter that takes a string.
func text(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.String}
}

// textToText makes a function from a string to a string.
func textToText(param string, f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text(param)},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(0, err)
			}
			return cty.StringVal(s), nil
		},
	})
}

// textsToBool makes a function from two strings to a truth value.
func textsToBool(first, second string, f func(a, b string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text(first), text(second)},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}
