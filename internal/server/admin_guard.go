package server

import (
	"time"

	"golang.org/x/time/rate"
)

// Guesses of the administrator's password from one address: ten at once, then
// one every ten seconds. Beyond that the password is not looked at.
const (
	maxGuesses = 10
	guessEvery = 10 * time.Second
)

// newGuesses counts guesses by address.
func newGuesses() *rates { return newRates(rate.Every(guessEvery), maxGuesses) }
