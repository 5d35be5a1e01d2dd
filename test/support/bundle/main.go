// Command bundle makes one browser file of each SIP library that is called in
// tests, unchanged from its package:
//
//	go run ./test/support/bundle FOLDER
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bundle FOLDER")
		os.Exit(2)
	}
	for name, source := range map[string]string{
		"jssip": `import JsSIP from "jssip"; window.JsSIP = JsSIP;`,
		"sipjs": `import * as SIP from "sip.js"; window.SIP = SIP;`,
	} {
		result := api.Build(api.BuildOptions{
			Stdin:    &api.StdinOptions{Contents: source, ResolveDir: ".", Sourcefile: name + ".js"},
			Bundle:   true,
			Outfile:  filepath.Join(os.Args[1], name+".js"),
			Write:    true,
			Format:   api.FormatIIFE,
			Target:   api.ES2022,
			Platform: api.PlatformBrowser,
			LogLevel: api.LogLevelWarning,
		})
		if len(result.Errors) > 0 {
			os.Exit(1)
		}
	}
}
