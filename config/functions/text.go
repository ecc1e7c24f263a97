package functions

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gwctl/gwctl/config/nesting"
	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

var (
	startsWith  = textsToBool("str", "prefix", strings.HasPrefix)
	endsWith    = textsToBool("str", "suffix", strings.HasSuffix)
	strContains = textsToBool("str", "substr", strings.Contains)
)

var (
	baseName = textToText("path", func(s string) (string, error) { return path.Base(filepath.ToSlash(s)), nil })
	dirName  = textToText("path", func(s string) (string, error) { return path.Dir(filepath.ToSlash(s)), nil })
)

var (
	md5Hex       = textToText("str", digest(md5.New, hex.EncodeToString))
	sha1Hex      = textToText("str", digest(sha1.New, hex.EncodeToString))
	sha256Hex    = textToText("str", digest(sha256.New, hex.EncodeToString))
	sha512Hex    = textToText("str", digest(sha512.New, hex.EncodeToString))
	sha256Base64 = textToText("str", digest(sha256.New, base64.StdEncoding.EncodeToString))
	sha512Base64 = textToText("str", digest(sha512.New, base64.StdEncoding.EncodeToString))
)

func digest(algorithm func() hash.Hash, encode func([]byte) string) func(string) (string, error) {
	return func(s string) (string, error) {
		h := algorithm()
		h.Write([]byte(s))
		return encode(h.Sum(nil)), nil
	}
}

var base64Decode = textToText("str", func(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", errors.New("not base64 data")
	}
	if !utf8.Valid(b) {
		return "", errors.New("the decoded data is not UTF-8 text")
	}
	return string(b), nil
})

// replace takes a regular expression between slashes, as Terraform's does.
var replace = function.New(&function.Spec{
	Params: []function.Parameter{text("str"), text("substr"), text("replace")},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		substr := args[1].AsString()
		if len(substr) > 1 && strings.HasPrefix(substr, "/") && strings.HasSuffix(substr, "/") {
			return stdlib.RegexReplace(args[0], cty.StringVal(substr[1:len(substr)-1]), args[2])
		}
		return cty.StringVal(strings.ReplaceAll(args[0].AsString(), substr, args[2].AsString())), nil
	},
})

var timeCompare = function.New(&function.Spec{
	Params: []function.Parameter{text("timestamp_a"), text("timestamp_b")},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var times [2]time.Time
		for i := range times {
			t, err := time.Parse(time.RFC3339, args[i].AsString())
			if err != nil {
				return cty.UnknownVal(cty.Number), function.NewArgErrorf(i, "not a time such as \"2026-01-02T15:04:05Z\"")
			}
			times[i] = t
		}
		return cty.NumberIntVal(int64(cmp.Compare(times[0].UnixNano(), times[1].UnixNano()))), nil
	},
})

var (
	jsonDecode = shallow(stdlib.JSONDecodeFunc)
	yamlDecode = shallow(ctyyaml.YAMLDecodeFunc)
	yamlEncode = ctyyaml.YAMLEncodeFunc
)

// shallow keeps data that nests too deeply from a decoder.
func shallow(decode function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{text("src")},
		Type: func(args []cty.Value) (cty.Type, error) {
			if args[0].IsKnown() && !args[0].IsNull() && nesting.DataTooDeep(args[0].AsString()) {
				return cty.NilType, function.NewArgErrorf(0, "the data is nested more than %d deep", nesting.Max)
			}
			return decode.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return decode.Call(args) },
	})
}

// refuse makes a function that only says why it is missing.
func refuse(reason string) function.Function {
	fail := fmt.Errorf("%s, and a plan must repeat. Pass such a value in with a variable", reason)
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true},
		Type:     func([]cty.Value) (cty.Type, error) { return cty.NilType, fail },
		Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.DynamicVal, fail },
	})
}
