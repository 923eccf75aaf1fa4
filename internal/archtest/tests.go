package archtest

import (
	"go/ast"
	"go/token"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// NoSleep checks that tests wait for events and not for a while.
func NoSleep(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(func(f *File) bool { return f.Test && !f.Generated }) {
		problems = append(problems, uses(m, f, "time", func(name string) bool { return name != "Sleep" },
			"wait for an event: a channel, a deadline on a receive, testing/synctest")...)
	}
	return sorted(problems)
}

// NoFixedPorts checks that tests let the system choose their ports: two runs at
// once, or another program, must not make them fail. It looks at what is
// listened to: the arguments of functions whose name begins with Listen, and
// the values of fields of that name. An example that opens nothing may show a
// port.
func NoFixedPorts(m *Module) []Problem {
	var problems []Problem
	for _, f := range m.files(func(f *File) bool { return f.Test && !f.Generated }) {
		ast.Inspect(f.AST, func(node ast.Node) bool {
			if function, ok := node.(*ast.FuncDecl); ok && shows(function) {
				return false
			}
			for _, expr := range listened(node) {
				ast.Inspect(expr, func(inner ast.Node) bool {
					if literal, ok := inner.(*ast.BasicLit); ok && literal.Kind == token.STRING && fixedPort(literal) {
						problems = append(problems, m.at(f, literal, "%s is a fixed port: let the system choose, with port 0", literal.Value))
					}
					return true
				})
			}
			return true
		})
	}
	return sorted(problems)
}

// shows tells whether a function is an example in which nothing is opened.
func shows(function *ast.FuncDecl) bool {
	if !strings.HasPrefix(function.Name.Name, "Example") {
		return false
	}
	opens := false
	ast.Inspect(function, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok {
			name := called(call)
			opens = opens || name == "Open" || name == "Start" || strings.HasPrefix(name, "Listen")
		}
		return true
	})
	return !opens
}

// called returns the name of the function or method that is called.
func called(call *ast.CallExpr) string {
	switch function := call.Fun.(type) {
	case *ast.SelectorExpr:
		return function.Sel.Name
	case *ast.Ident:
		return function.Name
	}
	return ""
}

// listened returns the expressions in node that name an address to listen to.
func listened(node ast.Node) []ast.Expr {
	switch node := node.(type) {
	case *ast.CallExpr:
		if strings.HasPrefix(strings.ToLower(called(node)), "listen") {
			return node.Args
		}
	case *ast.KeyValueExpr:
		if key, ok := node.Key.(*ast.Ident); ok && strings.HasPrefix(strings.ToLower(key.Name), "listen") {
			return []ast.Expr{node.Value}
		}
	}
	return nil
}

// fixedPort tells whether a string is an address of this machine with a port
// other than 0.
func fixedPort(literal *ast.BasicLit) bool {
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return false
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil || port == "0" || port == "" {
		return false
	}
	address, err := netip.ParseAddr(host)
	return host == "" || host == "localhost" || err == nil && (address.IsLoopback() || address.IsUnspecified())
}
