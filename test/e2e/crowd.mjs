// People with names in many scripts, the same ones for the same seed: `[...crowd(100, 7)]`.
const scripts = {
  english: [['Olivia', 'George', 'Amelia', 'Harriet', 'Theodore', 'Siobhán', 'Jean-Luc'], ['Ashworth', "O'Sullivan", 'Fitzgerald', 'Underhill', 'MacGregor', 'Blackwood']],
  german: [['Jürgen', 'Anneliese', 'Käthe', 'Wolfgang', 'Friederike'], ['Großmann', 'Müller-Lüdenscheidt', 'Schönberger', 'Weiß', 'Hölderlin']],
  czech: [['Zdeněk', 'Růžena', 'Bohumil', 'Kateřina', 'Jiří'], ['Říhánek', 'Dvořáček', 'Novotná', 'Svěrák', 'Hřebejk']],
  polish: [['Wojciech', 'Małgorzata', 'Stanisław', 'Zofia', 'Łucja'], ['Wiśniewski', 'Brzęczyszczykiewicz', 'Dąbrowska', 'Żuławski']],
  turkish: [['Işıl', 'İbrahim', 'Gülşen', 'Çağla', 'Oğuzhan'], ['Güneşoğlu', 'Yıldırım', 'Özdemir', 'Şahin']],
  vietnamese: [['Nguyễn Thị', 'Trần Văn', 'Phạm Quỳnh', 'Đặng Hoài'], ['Minh Khai', 'Thanh Hằng', 'Phương Thảo', 'Đức Thịnh']],
  icelandic: [['Þórdís', 'Björgvin', 'Sæunn', 'Ásgeir'], ['Guðmundsdóttir', 'Sigurðsson', 'Ævarsdóttir']],
  russian: [['Владислав', 'Екатерина', 'Семён', 'Людмила'], ['Щербаков', 'Воскресенская', 'Жуковский', 'Ёлкина']],
  ukrainian: [['Олександр', 'Ярослава', 'Їжакевич', 'Євген'], ['Шевченко', 'Коцюбинська', 'Ґалаґан']],
  greek: [['Αλέξανδρος', 'Ευαγγελία', 'Χρήστος', 'Δήμητρα'], ['Παπαδόπουλος', 'Οικονόμου', 'Καζαντζάκης']],
  armenian: [['Հայկուհի', 'Վարդան', 'Անահիտ'], ['Պետրոսյան', 'Հովհաննիսյան']],
  georgian: [['თამარ', 'გიორგი', 'ნინო'], ['ბერიძე', 'მაისურაძე']],
  hebrew: [['יהודית', 'אברהם', 'רבקה'], ['שפירא', 'רוזנברג', 'בן־דוד']],
  arabic: [['عبدالرحمن', 'فاطمة', 'محمد', 'زينب'], ['الخطيب', 'الأنصاري', 'القرطبي']],
  persian: [['پروانه', 'کیوان', 'ژاله'], ['گلستانی', 'چمران']],
  hindi: [['प्रियंका', 'राजेश्वर', 'अनुराधा'], ['चौधरी', 'विश्वकर्मा', 'श्रीवास्तव']],
  tamil: [['முருகன்', 'கயல்விழி'], ['சுப்பிரமணியன்', 'இராமசாமி']],
  thai: [['ประภาพรรณ', 'สมชาย', 'กนกวรรณ'], ['ศรีสวัสดิ์', 'วงศ์สุวรรณ']],
  korean: [['남궁민수', '김서연', '황보라', '선우은숙'], ['']],
  japanese: [['渡辺さやか', '長谷川健太郎', 'サトウハナコ', '小野寺優'], ['']],
  chinese: [['欧阳娜娜', '司马相如', '王小明', '诸葛孔明', '李雪'], ['']],
  amharic: [['አበበ', 'ትዕግሥት'], ['ገብረማርያም', 'ወልደሥላሴ']],
};

// mulberry32: small, and the same everywhere.
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function* crowd(n, seed = 1) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  for (let i = 0; i < n; i++) {
    const script = pick(Object.keys(scripts));
    const [given, family] = scripts[script];
    const [first_name, last_name] = [pick(given), pick(family)];
    yield {
      script,
      name: `${first_name} ${last_name}`.trim(),
      first_name,
      ...(last_name && { last_name }),
      email: `${script}.${i}@${pick(['example.org', 'example.com', 'mail.example', 'bücher.example'])}`,
    };
  }
}
