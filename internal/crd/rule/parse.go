package rule

import (
	"regexp"
	"strconv"
	"strings"
)

// parser reads tokens. Once it has failed, what it returns says nothing.
type parser struct {
	tokens []token
	names  names
	depth  int
	failed bool
}

// maxDepth bounds how deep expressions are nested.
const maxDepth = 64

func (p *parser) peek() token {
	if p.failed || len(p.tokens) == 0 {
		return token{}
	}
	return p.tokens[0]
}

func (p *parser) take() token {
	t := p.peek()
	if t.kind == isEnd {
		p.failed = true
		return t
	}
	p.tokens = p.tokens[1:]
	return t
}

// takes takes a symbol, or the word "in", if it comes next.
func (p *parser) takes(text string) bool {
	t := p.peek()
	if t.text != text || t.kind != isSymbol && t != (token{isWord, "in"}) {
		return false
	}
	p.take()
	return true
}

func (p *parser) want(text string) {
	if !p.takes(text) {
		p.failed = true
	}
}

func (p *parser) fail() node {
	p.failed = true
	return constant{}
}

// expression is a ? b : c, or less.
func (p *parser) expression() node {
	if p.depth++; p.depth > maxDepth {
		return p.fail()
	}
	defer func() { p.depth-- }()
	when := p.disjunction()
	if !p.takes("?") {
		return when
	}
	then := p.disjunction()
	p.want(":")
	return choice{when, then, p.expression()}
}

func (p *parser) disjunction() node {
	left := p.conjunction()
	for p.takes("||") {
		left = or{left, p.conjunction()}
	}
	return left
}

func (p *parser) conjunction() node {
	left := p.relation()
	for p.takes("&&") {
		left = and{left, p.relation()}
	}
	return left
}

func (p *parser) relation() node {
	left := p.addition()
	for {
		switch operator := p.peek().text; {
		case p.takes("=="), p.takes("!="), p.takes("<="), p.takes(">="), p.takes("<"), p.takes(">"):
			left = comparison{operator, left, p.addition()}
		case p.takes("in"):
			left = contained{left, p.addition()}
		default:
			return left
		}
	}
}

func (p *parser) addition() node {
	left := p.negation()
	for p.takes("+") {
		left = sum{left, p.negation()}
	}
	return left
}

func (p *parser) negation() node {
	if p.takes("!") {
		if p.depth++; p.depth > maxDepth {
			return p.fail()
		}
		defer func() { p.depth-- }()
		return not{p.negation()}
	}
	return p.member()
}

// member is a value, with the fields, elements and functions of it.
func (p *parser) member() node {
	of := p.value()
	for !p.failed {
		switch {
		case p.takes("["):
			of = element{of, p.expression()}
			p.want("]")
		case p.takes("."):
			word := p.take()
			if word.kind != isWord {
				return p.fail()
			}
			if p.takes("(") {
				of = p.method(of, word.text)
				p.want(")")
				continue
			}
			of = p.field(of, word.text)
		default:
			return of
		}
	}
	return of
}

// field is a.name; names that CEL reserves are written __name__.
func (p *parser) field(of node, written string) node {
	bare := strings.TrimSuffix(strings.TrimPrefix(written, "__"), "__")
	if strings.Contains(bare, "__") || bare != written && len(bare) != len(written)-4 {
		return p.fail()
	}
	return field{of, bare}
}

// method is a.word(...), of which the parentheses are read already.
func (p *parser) method(of node, word string) node {
	switch {
	case word == "size":
		return size{of}
	case textTests[word] != nil:
		return textTest{of, p.expression(), textTests[word]}
	case word == "matches":
		t := p.take()
		pattern, err := regexp.Compile(t.text)
		if t.kind != isText || err != nil {
			return p.fail()
		}
		return matches{of, pattern}
	case word == "filter":
		return filter{of, p.body()}
	case quantities[word]:
		return loop{of, p.body(), word}
	}
	return p.fail()
}

// body is "x, b" of a.all(x, b).
func (p *parser) body() node {
	t := p.take()
	if t.kind != isWord {
		return p.fail()
	}
	p.want(",")
	p.names = append(p.names, t.text)
	body := p.expression()
	p.names = p.names[:len(p.names)-1]
	return body
}

func (p *parser) value() node {
	t := p.take()
	switch t.kind {
	case isText:
		return constant{t.text}
	case isNumber:
		n, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			return p.fail()
		}
		return constant{n}
	case isWord:
		return p.word(t.text)
	}
	switch t.text {
	case "(":
		inner := p.expression()
		p.want(")")
		return inner
	case "[":
		return p.list()
	}
	return p.fail()
}

func (p *parser) list() node {
	items := list{}
	for !p.takes("]") {
		if len(items) > 0 {
			p.want(",")
		}
		if p.failed {
			return items
		}
		items = append(items, p.expression())
	}
	constants := make([]any, len(items))
	for i, item := range items {
		c, ok := item.(constant)
		if !ok {
			return items
		}
		constants[i] = c.value
	}
	return constant{constants}
}

// word is a constant, a function or a variable.
func (p *parser) word(word string) node {
	switch word {
	case "true", "false":
		return constant{word == "true"}
	case "has", "size", "duration":
		p.want("(")
		of := p.expression()
		p.want(")")
		switch word {
		case "size":
			return size{of}
		case "duration":
			return duration{of}
		}
		f, ok := of.(field)
		if !ok {
			return p.fail()
		}
		return has{f}
	}
	v, ok := p.names.find(word)
	if !ok {
		return p.fail()
	}
	return v
}
