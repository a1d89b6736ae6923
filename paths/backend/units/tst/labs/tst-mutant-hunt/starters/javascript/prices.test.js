// Your tests of prices.js. Each test is a call of test(name, function).
