package e2e

import _ "pgregory.net/rapid"
