package state

import (
	"errors"
	"fmt"
)

// Errors of writes. None has changed the copy.
var (
	// ErrBudget: the owner's state would be larger than its budget. What is
	// returned is a *BudgetError.
	ErrBudget = errors.New("state: over budget")
	// ErrFieldTooLarge: a value is larger than its field may be, or the key of a
	// map's entry larger than MaxKeyBytes.
	ErrFieldTooLarge = errors.New("state: field too large")
	// ErrExhausted: the count of writes is at its end. A new generation begins
	// anew.
	ErrExhausted = errors.New("state: versions exhausted")
)

// BudgetError says by how much a write would have broken the budget.
type BudgetError struct {
	// Bytes is what the state would have taken, Budget what it may.
	Bytes, Budget int
}

// Error says what to do, too.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("state: over budget: %d bytes of %d; remove entries or raise the budget", e.Bytes, e.Budget)
}

// Unwrap returns ErrBudget.
func (e *BudgetError) Unwrap() error { return ErrBudget }
