// Package pages knows what a page of the builder is: its document, the schema
// that bounds it, what may be wrong with it, and the file by which it is
// exported and imported. It knows no HTTP and no store.
package pages
