package status

import (
	"encoding/json"
	"regexp"
	"testing"
)

func TestTheDocumentIsAsItWas(t *testing.T) {
	golden(t, "status.json", text(documentOf(madeUp(t))))
}

// Names are promised to users, so one that is no snake_case is not let out.
func TestNamesAreSnakeCase(t *testing.T) {
	var document map[string]any
	if err := json.Unmarshal(text(documentOf(madeUp(t))), &document); err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^[a-z0-9]{2,}(_[a-z0-9]{2,})*$`)
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if !name.MatchString(key) {
					t.Errorf("%s.%s is no name in snake_case", path, key)
				}
				walk(path+"."+key, value)
			}
		case []any:
			for _, value := range v {
				walk(path, value)
			}
		}
	}
	walk("", document)
}

// A node that has nothing to tell yet is a document with the same names.
func TestAnEmptySnapshotIsADocument(t *testing.T) {
	s := madeUp(t)
	s.agreement, s.ended = nil, nil
	var shown map[string]any
	if err := json.Unmarshal(text(documentOf(s)), &shown); err != nil {
		t.Fatal(err)
	}
	if value, there := shown["agreement"]; !there || value != nil {
		t.Errorf("agreement is %v, there %v; want null", value, there)
	}
	if _, there := shown["node"].(map[string]any)["ended"]; there {
		t.Error("a node that runs has ended")
	}
}
