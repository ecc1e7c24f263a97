package crd

import (
	"testing"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apimachinery/pkg/util/version"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// A view hides fields of objects that rules do not name. Two objects compared
// as a whole would differ in those too, so no rule may do that.
func TestRulesCompareNoObjects(t *testing.T) {
	rules := 0
	for gk, doc := range documents() {
		for _, v := range []string{"v1", "v1beta1", "v1alpha3", "v1alpha2", "v1alpha1"} {
			if !hasVersion(doc, v) {
				continue
			}
			def, _ := lookup(gk.WithVersion(v))
			decoded, err := def.decode()
			if err != nil {
				t.Fatal(err)
			}
			eachRule(decoded.structural, gk.Kind, func(s *structural.Structural, path, rule string) {
				rules++
				for _, problem := range comparedObjects(t, s, rule) {
					t.Errorf("%s of %s: %s compares %s", path, v, rule, problem)
				}
			})
		}
	}
	if rules < 100 {
		t.Errorf("only %d rules were found", rules)
	}

	object := &structural.Structural{Generic: structural.Generic{Type: "object"}}
	object.Properties = map[string]structural.Structural{"a": {Generic: structural.Generic{Type: "string"}}}
	for rule, want := range map[string]int{"self == self": 2, "self in [self]": 2, "self.a == self.a": 0} {
		if got := comparedObjects(t, object, rule); len(got) != want {
			t.Errorf("%s compares %v", rule, got)
		}
	}
}

func eachRule(s *structural.Structural, path string, visit func(s *structural.Structural, path, rule string)) {
	if s == nil {
		return
	}
	for _, r := range s.XValidations {
		visit(s, path, r.Rule)
	}
	for name, property := range s.Properties {
		eachRule(&property, path+"."+name, visit)
	}
	eachRule(s.Items, path+"[]", visit)
	if s.AdditionalProperties != nil {
		eachRule(s.AdditionalProperties.Structural, path+"{}", visit)
	}
}

// comparedObjects returns the types of objects, and of what has objects in it,
// that a rule compares.
func comparedObjects(t *testing.T, s *structural.Structural, rule string) []string {
	t.Helper()
	self := model.SchemaDeclType(s, false).MaybeAssignTypeName("selfType")
	set, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		DeclTypes:         []*apiservercel.DeclType{self},
		EnvOptions:        []cel.EnvOption{cel.Variable("self", self.CelType()), cel.Variable("oldSelf", self.CelType())},
	})
	if err != nil {
		t.Fatal(err)
	}
	checked, issues := set.StoredExpressionsEnv().Compile(rule)
	if issues.Err() != nil {
		t.Fatalf("%s: %v", rule, issues.Err())
	}
	native := checked.NativeRep()
	var found []string
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		switch e.AsCall().FunctionName() {
		case operators.Equals, operators.NotEquals, operators.In:
			for _, arg := range e.AsCall().Args() {
				if typ := native.GetType(arg.ID()); holdsObjects(typ) {
					found = append(found, typ.String())
				}
			}
		}
	}))
	return found
}

func holdsObjects(typ *cel.Type) bool {
	switch typ.Kind() {
	case cel.StructKind, cel.DynKind, cel.AnyKind:
		return true
	}
	for _, p := range typ.Parameters() {
		if holdsObjects(p) {
			return true
		}
	}
	return false
}
