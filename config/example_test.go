package config_test

import (
	"fmt"

	"github.com/hearsay-gossip/hearsay/config"
)

func Example() {
	file := `
cluster: demo
node: node-1
transport: udp
seeds: [seed-1.example.com:7946]
udp:
  listen: 0.0.0.0:7946
  insecure: true
`
	environ := []string{"HEARSAY_ZONE=eu-1"}
	settings, err := config.Parse("hearsay.yaml", []byte(file), environ, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg, err := settings.Config()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.NodeID, cfg.Zone, cfg.Seeds, settings.Transport, settings.UDP.Listen)
	// Output: node-1 eu-1 [seed-1.example.com:7946] udp 0.0.0.0:7946
}

// Everything that is wrong is told at once, with its place and what to do.
func ExampleParse_problems() {
	file := `cluster: demo
node: node-1
transport: upd
period: 5
udp:
  listn: 0.0.0.0:7946
  max_datagram_bytes: 9000
`
	_, err := config.Parse("hearsay.yaml", []byte(file), nil, nil)
	fmt.Println(err)
	// Output:
	// hearsay.yaml:3: transport: "upd" is none of udp, quic, memory, did you mean "udp"?
	// hearsay.yaml:4: period: 5 has no unit: write 5s or 5ms
	// hearsay.yaml:6: udp.listn: is not a setting, did you mean "listen"?
	// hearsay.yaml:7: udp.max_datagram_bytes: 9000 is out of range: give 512 to 1400
}
