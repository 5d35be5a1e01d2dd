package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"slices"
)

// pageFiles are the files of dist that the page / needs, all of which its
// service worker keeps.
var pageFiles = []string{
	"index.html", "app.js", "app.css", "manifest.webmanifest", "icons/*", "webphone.js", "phone-*.js",
}

// serviceWorker builds sw.js, which names every file of the page with its hash:
// a build with other files is another worker.
func serviceWorker(root string, files map[string][]byte) ([]byte, error) {
	kept := map[string]string{}
	for name, content := range files {
		if !slices.ContainsFunc(pageFiles, func(pattern string) bool {
			match, _ := path.Match(pattern, name)
			return match
		}) {
			continue
		}
		if name == "index.html" {
			name = ""
		}
		sum := sha256.Sum256(content)
		kept["/"+name] = "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	// The keys of a map are sorted in JSON, so that a build can be repeated.
	list, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	version := sha256.Sum256(list)
	return classic(filepath.Join(root, "src", "app", "sw.ts"), map[string]string{
		"FILES":   string(list),
		"VERSION": fmt.Sprintf("%q", hex.EncodeToString(version[:8])),
	})
}
