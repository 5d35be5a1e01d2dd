// Package functions calls the URL functions of a page: it fills in what their
// placeholders name, bounds what may be reached and what comes back, and tells
// failures in words that hold no secret. It knows no page and no visitor.
package functions
