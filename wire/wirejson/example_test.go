package wirejson_test

import (
	"fmt"

	hearsayv1 "github.com/hearsay-gossip/hearsay/gen/hearsay/v1"
	"github.com/hearsay-gossip/hearsay/wire/wirejson"
)

func Example() {
	record := hearsayv1.NodeRecord{ID: "node-7", Generation: 1, Verdict: hearsayv1.VerdictDead}
	text, err := wirejson.Marshal(&record)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", text)

	var read hearsayv1.NodeRecord
	err = wirejson.Unmarshal(text, &read)
	fmt.Println(err, read.Equal(&record))
	// Output:
	// {"id":"node-7","generation":"1","verdict":"VERDICT_DEAD"}
	// <nil> true
}

// Indented, for people.
func ExampleOptions() {
	text, err := wirejson.Options{Indent: "  ", ProtoNames: true}.Marshal(&hearsayv1.Endpoint{Transport: "udp", Port: 7946})
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// {
	//   "transport": "udp",
	//   "port": 7946
	// } <nil>
}
