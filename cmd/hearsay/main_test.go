package main

import (
	"os"
	"testing"
)

// asCommand makes the program of the tests the command itself, so that tests start
// real processes of what they were built from.
const asCommand = "TESTED_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	_ = os.Unsetenv(adminVariable) // an operator's own
	os.Exit(m.Run())
}
