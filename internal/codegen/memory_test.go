package codegen_test

import (
	"os"
	"reflect"
	"testing"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/internal/codegen"
	otherv1 "github.com/hearsay-gossip/hearsay/internal/codegen/internal/everything/other/v1"
	everythingv1 "github.com/hearsay-gossip/hearsay/internal/codegen/internal/everything/v1"
)

// TestMemoryIsThatOfTheStruct checks that what decoders charge for a message is
// what the compiler lays out.
func TestMemoryIsThatOfTheStruct(t *testing.T) {
	if reflect.TypeFor[uintptr]().Size() != 8 {
		t.Skip("sizes are those of 64-bit machines")
	}
	sizes := sizeOf[hearsayv1.Envelope](nil)
	sizes = sizeOf[hearsayv1.NodeRecord](sizes)
	sizes = sizeOf[hearsayv1.Accusation](sizes)
	sizes = sizeOf[hearsayv1.Change](sizes)
	sizes = sizeOf[everythingv1.Singular](sizes)
	sizes = sizeOf[everythingv1.Optional](sizes)
	sizes = sizeOf[everythingv1.Repeated](sizes)
	sizes = sizeOf[everythingv1.Choice](sizes)
	sizes = sizeOf[everythingv1.Tree](sizes)
	sizes = sizeOf[everythingv1.TreeNode](sizes)
	sizes = sizeOf[everythingv1.Maps](sizes)
	sizes = sizeOf[everythingv1.Empty](sizes)
	sizes = sizeOf[everythingv1.Known](sizes)
	sizes = sizeOf[otherv1.Other](sizes)

	measured := map[string]int{}
	for _, dir := range []string{"testdata/everything", "../../schema"} {
		parsed, err := codegen.Parse(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		model, err := codegen.Build(parsed, codegen.BuildOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, pkg := range model.Packages {
			for _, m := range pkg.Messages {
				measured[m.FullName] = m.Memory
			}
		}
	}
	for name, size := range sizes {
		if measured[name] != size {
			t.Errorf("%s: charged %d bytes, has %d", name, measured[name], size)
		}
	}
}

func sizeOf[T any, M interface {
	*T
	ProtoDescriptor() (set, name string)
}](sizes map[string]int) map[string]int {
	if sizes == nil {
		sizes = map[string]int{}
	}
	_, name := M(new(T)).ProtoDescriptor()
	sizes[name] = int(reflect.TypeFor[T]().Size())
	return sizes
}
