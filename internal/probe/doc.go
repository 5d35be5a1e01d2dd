// Package probe makes and takes calls for the command line: webphone call and
// webphone listen. It stands on package phone, and knows files and text, but no
// flags.
package probe
