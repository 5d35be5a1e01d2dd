package pages

import (
	"fmt"
	"strings"
	"testing"
)

func TestAFunctionThatCannotBeCalledHindersPublishing(t *testing.T) {
	for _, c := range []struct{ members, path, words string }{
		{`"url":"https://a.b/{{env.NONE}}"`, "url", "The function a uses the environment variable NONE, which is not set."},
		{`"url":"https://a.b","headers":[{"name":"X","value":"{{env.NONE}}"}]`, "headers/0/value", "The function a uses the environment variable NONE, which is not set."},
		{`"url":"https://a.b","body":"{\"a\":\"{{env.NONE}}\"}"`, "body", "The function a uses the environment variable NONE, which is not set."},
		{`"runs":"browser","url":"https://a.b?k={{ env.SECRET }}"`, "url", "The function a uses the environment variable SECRET, which is private and never sent to a page"},
		{`"runs":"browser","url":"https://a.b","headers":[{"name":"X","value":"{{env.SECRET}}"}]`, "headers/0/value", "The function a uses the environment variable SECRET, which is private"},
		{`"runs":"browser","url":"https://a.b","body":"{{env.SECRET}}"`, "body", "The function a uses the environment variable SECRET, which is private"},
		{`"url":"https://a.b","body":"\"{{ENV.A}}\""`, "body", "The function a has {{ENV.A}}, which is not filled in"},
		{`"url":"https://a.b/{{\u00a0env.A}}"`, "url", "The function a has {{\u00a0env.A}}, which is not filled in"},
		{`"url":"https://{{env.A}}/"`, "url", "The function a has a placeholder in the host of its URL"},
		{`"url":"https://a.b{{data.port}}"`, "url", "The function a has a placeholder in the host of its URL"},
		{`"url":"https://user:password@a.b/"`, "url", "The function a has a user name or a password in its URL; send it in the header Authorization."},
		{`"url":"https://user@a.b?x"`, "url", "The function a has a user name or a password in its URL"},
		{`"url":"https://{{env.A}}:{{env.A}}@a.b/"`, "url", "The function a has a user name or a password in its URL"},
		{`"url":"https:///x"`, "url", "The URL of the function a has no host"},
		{`"url":"https://a b/"`, "url", "The URL of the function a has no host"},
		{`"url":"https://a]"`, "url", "The URL of the function a has no host"},
		{`"url":"https://a.b","headers":[{"name":"X","value":""},{"name":"host","value":"c.d"}]`, "headers/1/name", "The function a sets the header host, which goes with the connection"},
		{`"url":"https://a.b","headers":[{"name":"Proxy-Authorization","value":"x"}]`, "headers/0/name", "The function a sets the header Proxy-Authorization, which goes with the connection"},
		{`"runs":"browser","url":"https://a.b","headers":[{"name":"Cookie","value":"x"}]`, "headers/0/name", "The function a sets the header Cookie, which a browser keeps to itself"},
		{`"url":"https://a.b","method":"GET","body":"{}"`, "body", "The function a has a body, which a GET does not send"},
		{`"url":"https://a.b","body":"{\"a\":}"`, "body", "The body of the function a is not JSON"},
		{`"url":"https://a.b","body":"{","headers":[{"name":"content-type","value":"application/vnd.crm+json"}]`, "body", "The body of the function a is not JSON"},
	} {
		page := document("", `{"kind":"url","name":"a",`+c.members+`}`)
		if _, problems := Parse([]byte(page)); problems != nil {
			t.Errorf("%s cannot be a draft: %v", c.members, problems)
		}
		problems := Check([]byte(page), known)
		if len(problems) != 1 || problems[0].Path != "/functions/0/"+c.path || problems[0].Function != "a" || !strings.HasPrefix(problems[0].Message, c.words) {
			t.Errorf("%s\n got %+v\nwant %s", c.members, problems, c.words)
		}
		if told := fmt.Sprint(problems); strings.Contains(told, "password@") {
			t.Errorf("the password is told: %s", told)
		}
	}
}

func TestAFunctionThatCanBeCalledHindersNothing(t *testing.T) {
	for _, members := range []string{
		`"url":"https://a.b:8443?k={{env.SECRET}}&at=user@host"`,
		`"url":"https://a.b/{{data.user.name}}/{{ data }}","headers":[{"name":"Cookie","value":"{{env.SECRET}}"}]`,
		`"runs":"browser","url":"https://a.b/{{env.A}}","headers":[{"name":"Authorization","value":"Bearer {{env.A}}"}]`,
		`"url":"https://a.b","body":"{\"a\":{{data.a}},\"b\":\"{{env.A}}{{data.b}}\"}"`,
		`"url":"https://a.b","body":"a={{data.a}}","headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"}]`,
		`"url":"https://a.b","method":"GET","body":""`,
		`"url":"https://a.b","method":"DELETE"`,
		`"url":"https://[2001:db8::1]:8443/"`,
	} {
		page := document("", `{"kind":"url","name":"a",`+members+`}`)
		if _, problems := Parse([]byte(page)); problems != nil {
			t.Errorf("%s cannot be a draft: %v", members, problems)
		}
		if problems := Check([]byte(page), known); len(problems) != 0 {
			t.Errorf("%s: %+v", members, problems)
		}
	}
}
