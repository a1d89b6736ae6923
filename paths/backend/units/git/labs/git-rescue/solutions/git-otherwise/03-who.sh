cd 3-who

# Every commit that changed this line, with its differences.
git log -L 3,3:settings.txt

# Commits with a changed line that fits a pattern.
git log --format='%H %s' -G '^refund_days' -- settings.txt

printf '%s\n' '# found' 'refunds: 3267A93464AAB8DF07ED0F449F0B8C0451092374' 'ticket:  #1212' \
    'minutes:5f6e4a8fd0670df3d80c4d163b447d2ede80daa5' 'Fee: Bo <Bo@example.test>' > ../3-answers.txt
