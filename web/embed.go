// Package web holds what a browser loads: the built component, the engine
// without a screen, and the pages. It is built from web/src by `go generate
// ./web` and committed, so that running the server needs Go alone.
package web

import "embed"

//go:generate go run ./build

// Dist is the built output, rooted at "dist".
//
//go:embed all:dist
var Dist embed.FS
