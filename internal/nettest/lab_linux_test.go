package nettest

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// Names of what "make net-test" sets.
const (
	// enableVariable asks for the tests that need namespaces.
	enableVariable = "HEARSAY_NET_TEST"
	// prefixVariable begins the names of all namespaces, so that the script can
	// remove what a killed test left.
	prefixVariable = "HEARSAY_NET_TEST_PREFIX"
)

// needLab skips the test where it is not asked for, and where there are no
// rights.
func needLab(t *testing.T) {
	t.Helper()
	switch {
	case os.Getenv(enableVariable) == "":
		t.Skip("runs by \"make net-test\"")
	case os.Geteuid() != 0:
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the command ip is not installed (package iproute2)")
	}
}

var labs atomic.Uint32

// lab is a switch with hosts on it, each in a namespace of its own. Nothing of
// it is outside of these namespaces.
type lab struct {
	t      *testing.T
	prefix string
	hosts  []*host
}

// host is one namespace with one network card, eth0, on the switch.
type host struct {
	lab    *lab
	name   string // of the namespace
	port   string // the switch's end of the cable
	v4, v6 netip.Addr
}

// families says which addresses hosts have.
type families uint8

const (
	ipv4Only families = iota
	ipv6Only
)

// newLab builds a switch with so many hosts, 10.77.0.1 and fd77::1 the first. It
// is taken down when the test ends.
func newLab(t *testing.T, count int, family families) *lab {
	t.Helper()
	prefix := os.Getenv(prefixVariable)
	if prefix == "" {
		prefix = fmt.Sprintf("hs%d", os.Getpid())
	}
	l := &lab{t: t, prefix: fmt.Sprintf("%s-%d", prefix, labs.Add(1))}
	if output, err := exec.Command("ip", "netns", "add", l.switchName()).CombinedOutput(); err != nil {
		t.Skipf("no network namespace can be made: %s", output)
	}
	t.Cleanup(func() { l.ip("netns", "del", l.switchName()) })
	// Two bridges: one for each side of a split.
	l.batch(l.switchName(), "link set lo up",
		"link add whole type bridge", "link set whole up",
		"link add apart type bridge", "link set apart up")
	for i := range count {
		l.add(i+1, family)
	}
	return l
}

func (l *lab) switchName() string { return l.prefix + "-switch" }

// add plugs in a host.
func (l *lab) add(number int, family families) {
	h := &host{
		lab: l, name: fmt.Sprintf("%s-h%d", l.prefix, number), port: fmt.Sprintf("p%d", number),
		v4: netip.AddrFrom4([4]byte{10, 77, 0, byte(number)}),
		v6: netip.MustParseAddr(fmt.Sprintf("fd77::%x", number)),
	}
	l.ip("netns", "add", h.name)
	l.t.Cleanup(func() { l.ip("netns", "del", h.name) })
	l.batch(l.switchName(),
		"link add "+h.port+" type veth peer name eth0 netns "+h.name,
		"link set "+h.port+" master whole up")
	address := "addr add " + h.v4.String() + "/24 dev eth0"
	if family == ipv6Only {
		address = "addr add " + h.v6.String() + "/64 dev eth0 nodad"
	}
	l.batch(h.name, "link set lo up", address, "link set eth0 up")
	l.hosts = append(l.hosts, h)
}

// ip runs one ip command.
func (l *lab) ip(args ...string) {
	l.t.Helper()
	if output, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		l.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, output)
	}
}

// batch runs several ip commands in a namespace.
func (l *lab) batch(namespace string, commands ...string) {
	l.t.Helper()
	command := exec.Command("ip", "-netns", namespace, "-batch", "-")
	command.Stdin = strings.NewReader(strings.Join(commands, "\n"))
	if output, err := command.CombinedOutput(); err != nil {
		l.t.Fatalf("ip in %s: %v: %s%s", namespace, err, output, strings.Join(commands, "; "))
	}
}

// split moves hosts to the other side of a cut between two switches.
func (l *lab) split(hosts ...*host) {
	l.t.Helper()
	for _, h := range hosts {
		l.batch(l.switchName(), "link set "+h.port+" master apart")
	}
}

// heal ends a split.
func (l *lab) heal() {
	l.t.Helper()
	for _, h := range l.hosts {
		l.batch(l.switchName(), "link set "+h.port+" master whole")
	}
}

// unplug pulls a host's cable out of the switch; plug puts it back.
func (h *host) unplug() { h.lab.batch(h.lab.switchName(), "link set "+h.port+" down") }

func (h *host) plug() { h.lab.batch(h.lab.switchName(), "link set "+h.port+" up") }

// mute makes what h sends to other vanish on the way, without a word from
// anyone: it goes to a card that does not exist. What other sends still arrives.
func (h *host) mute(other *host) {
	h.lab.batch(h.name, "neigh replace "+other.v4.String()+" lladdr 02:00:00:00:00:fe dev eth0 nud permanent")
}

// unmute ends mute.
func (h *host) unmute(other *host) {
	h.lab.batch(h.name, "neigh del "+other.v4.String()+" dev eth0")
}

// move gives h another address, and takes the old one away.
func (h *host) move(to netip.Addr) {
	h.lab.batch(h.name, "addr del "+h.v4.String()+"/24 dev eth0", "addr add "+to.String()+"/24 dev eth0")
	h.v4 = to
}

// run runs a command in every host; the error is what it says.
func (l *lab) run(command ...string) error {
	for _, h := range l.hosts {
		output, err := exec.Command("ip", append([]string{"netns", "exec", h.name}, command...)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(string(output)))
		}
	}
	return nil
}

// lose makes every host lose that share of what arrives, by the first means that
// the system has.
func (l *lab) lose(percent int) {
	l.t.Helper()
	netem := l.run("tc", "qdisc", "add", "dev", "eth0", "root", "netem", "loss", fmt.Sprintf("%d%%", percent))
	if netem == nil {
		return
	}
	statistic := l.run("iptables", "-A", "INPUT", "-i", "eth0", "-m", "statistic", "--mode", "random",
		"--probability", fmt.Sprintf("%.2f", float64(percent)/100), "-j", "DROP")
	if statistic != nil {
		l.t.Skipf("random loss needs the kernel's netem or the command iptables: %v; %v", netem, statistic)
	}
}

// shut keeps a port of UDP closed to h, and what h sends from it from leaving.
func (h *host) shut(port uint16) {
	h.lab.t.Helper()
	if _, err := exec.LookPath("iptables"); err != nil {
		h.lab.t.Skip("a firewall needs the command iptables")
	}
	for _, rule := range []string{"-A INPUT -p udp --dport %d -j DROP", "-A OUTPUT -p udp --sport %d -j DROP"} {
		h.lab.ip(append([]string{"netns", "exec", h.name, "iptables"}, strings.Fields(fmt.Sprintf(rule, port))...)...)
	}
}

// wall lets only one port of UDP through to every host.
func (l *lab) wall(port uint16) {
	l.t.Helper()
	if _, err := exec.LookPath("iptables"); err != nil {
		l.t.Skip("a firewall needs the command iptables")
	}
	for _, rule := range []string{"-P INPUT DROP", fmt.Sprintf("-A INPUT -p udp --dport %d -j ACCEPT", port)} {
		if err := l.run(append([]string{"iptables"}, strings.Fields(rule)...)...); err != nil {
			l.t.Fatal(err)
		}
	}
}
